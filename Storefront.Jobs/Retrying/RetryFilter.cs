using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;
using Hangfire.Storage;
using Storefront.Jobs.Storage;

namespace Storefront.Jobs.Retrying;

/// <summary>
/// Sorts what a job threw: <see cref="RetryLater"/> is rescheduled for when it says, <see cref="DeadLetter"/> fails at once, anything
/// else (the database was away, a bug) is retried on the usual schedule. A job that keeps killing its process is stopped.
/// </summary>
internal sealed class RetryFilter : JobFilterAttribute, IElectStateFilter, IApplyStateFilter, IServerFilter
{
    /// <summary>Starts without an end in a row, after which a job counts as poison.</summary>
    public const int MostStarts = 5;

    private const string RetryCount = nameof(RetryCount);
    private const string UnfinishedStarts = JobRow.UnfinishedStarts;

    // The set behind the dashboard's page of retries.
    private const string Retries = "retries";

    public void OnStateElection(ElectStateContext context)
    {
        switch (context.CandidateState)
        {
            case ProcessingState when context.CurrentState == ProcessingState.StateName:
                StopPoison(context);
                break;
            case FailedState { Exception: var thrown }:
                ForgetStarts(context);
                context.CandidateState = Sort(context, thrown) ?? context.CandidateState;
                break;
        }
    }

    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        if (context.NewState is ScheduledState { Reason: { } reason } && reason.StartsWith("Retry", StringComparison.Ordinal))
            transaction.AddToSet(Retries, context.BackgroundJob.Id);
    }

    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        if (context.OldStateName == ScheduledState.StateName) transaction.RemoveFromSet(Retries, context.BackgroundJob.Id);
    }

    public void OnPerforming(PerformingContext context)
    {
        // Whether a job may start is decided by the state it starts from.
    }

    public void OnPerformed(PerformedContext context)
    {
        // A shutdown sends the job back to its queue as it is, in Processing: its next start is not one after a crash.
        if (context.Exception is not null && context.CancellationToken.ShutdownToken.IsCancellationRequested)
            context.Connection.SetJobParameter(context.BackgroundJob.Id, UnfinishedStarts, SerializationHelper.Serialize(-1));
    }

    private static ScheduledState? Sort(ElectStateContext context, Exception thrown)
    {
        switch (thrown)
        {
            case DeadLetter or PoisonJob or JobLoadException:
                return null;
            case RetryLater { Deferred: true } later:
                return new(later.After) { Reason = $"Deferred, no attempt used: {later.Message}" };
            case RetryLater later:
                return new(later.After) { Reason = $"Retry: {later.Message}" };
            default:
                var attempt = context.GetJobParameter<int>(RetryCount, allowStale: true) + 1;
                if (attempt > RetrySchedule.Attempts) return null;
                context.SetJobParameter(RetryCount, attempt);
                return new(RetrySchedule.After(attempt)) { Reason = $"Retry attempt {attempt} of {RetrySchedule.Attempts}: {thrown.GetType().Name}" };
        }
    }

    // It came to an end, if a bad one. Not from the snapshot, which was taken before this start was counted.
    private static void ForgetStarts(ElectStateContext context)
    {
        if (context.GetJobParameter<int>(UnfinishedStarts) != 0) context.SetJobParameter(UnfinishedStarts, 0);
    }

    // Processing again without having left Processing: whoever ran it before died, or was killed by it. Which of the jobs that ran there was to
    // blame nobody knows. From the second time on they start apart from each other, so that one that kills does not take the same others with it.
    private static void StopPoison(ElectStateContext context)
    {
        var starts = context.GetJobParameter<int>(UnfinishedStarts, allowStale: true) + 1;
        if (starts >= MostStarts)
        {
            context.CandidateState = new FailedState(new PoisonJob(starts)) { Reason = "Stopped: it never came to an end." };
            return;
        }

        context.SetJobParameter(UnfinishedStarts, starts);
        if (starts > 1)
            context.CandidateState = new ScheduledState(RetrySchedule.After(starts - 1)) { Reason = $"Retry: its process ended {starts} times while it ran" };
    }
}

/// <summary>The job was started again and again and never came to an end.</summary>
internal sealed class PoisonJob(int starts) : Exception($"Started {starts} times in a row without coming to an end, so it is not started again.");
