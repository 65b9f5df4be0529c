using Hangfire.Common;
using Hangfire.States;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Hosting;

/// <summary>
/// A row of the job tables names a type and a method, and Hangfire would call whatever they name. Only jobs of ours are begun, so that who
/// can write a row there, and no more than that, can run nothing.
/// </summary>
internal sealed class KnownJobs(EffectCatalogue effects) : JobFilterAttribute, IElectStateFilter
{
    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState is ProcessingState && context.BackgroundJob.Job is { } job && !IsOurs(job))
            context.CandidateState = new FailedState(new UnknownJob(job)) { Reason = "Refused: it is no job of ours." };
    }

    private bool IsOurs(Job job) =>
        (job.Type.Assembly == typeof(KnownJobs).Assembly || effects.OfJob(job.Type) is not null)
        && job.Method is { Name: "RunAsync", IsStatic: false } && job.Method.DeclaringType == job.Type;
}

internal sealed class UnknownJob(Job job)
    : Exception($"{job.Type.FullName}.{job.Method.Name} is no job of this program: somebody wrote it into the job tables.");
