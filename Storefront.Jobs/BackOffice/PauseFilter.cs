using Hangfire.Common;
using Hangfire.States;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.BackOffice;

/// <summary>Keeps a job from starting while what it needs is paused: it is put off, not failed, and no attempt is used up.</summary>
internal sealed class PauseFilter(Switches switches, EffectCatalogue effects) : JobFilterAttribute, IElectStateFilter
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(20);

    public static string Reason(string target) => $"Paused: {target}";

    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState is not ProcessingState || !switches.Seen.Values.Any(one => one.Holds)) return;

        if (context.GetJobParameter<string>("RecurringJobId") is { } id && switches.Hold(Switches.Job(id)) is { } stopped)
            context.CandidateState = new DeletedState { Reason = Reason(stopped.Target) };
        else if (Hold(context.BackgroundJob.Job) is { } hold)
            // Twenty seconds to a minute, so that a long queue neither spins nor comes back all at once; the end of the pause fetches it
            // anyway.
            context.CandidateState = new ScheduledState(Shortest * (1 + 2 * Random.Shared.NextDouble())) { Reason = Reason(hold.Target) };
    }

    private Switches.Switch? Hold(Job? job) => job is null ? null
        : switches.Hold(Switches.Queue(job.Queue ?? Queues.Default))
            ?? (effects.OfJob(job.Type) is { Partner.Name: var partner } ? switches.Hold(Switches.Partner(partner)) : null);
}
