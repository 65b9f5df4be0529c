using Hangfire.Common;
using Hangfire.States;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Jobs.Hosting;

/// <summary>
/// A job of a version that had one queue for all partners goes on to its partner's own queue, where the partner's gate and limit hold for
/// it too. No attempt is used.
/// </summary>
internal sealed class FormerQueue(EffectCatalogue effects) : JobFilterAttribute, IElectStateFilter
{
    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState is ProcessingState && context.BackgroundJob.Job is { } job
            && context.GetJobParameter<bool>(JobRow.OfFormerQueue, allowStale: true) && effects.OfJob(job.Type) is { } effect)
            context.CandidateState = new EnqueuedState(effect.Queue) { Reason = "Its partner has a queue of its own now." };
    }
}
