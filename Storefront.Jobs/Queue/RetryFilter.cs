using Hangfire;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;
using Hangfire.Storage;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Jobs.Queue;

/// <summary>
/// Sorts what a job threw: <see cref="RetryLater"/> is rescheduled for when it says, <see cref="DeadLetter"/> fails at once, anything
/// else (the database was away, a bug) is retried on the usual schedule. A job that keeps killing its process is stopped.
/// </summary>
/// <param name="onBroken">Told of a job, what it threw, which attempt that was, and the pause before the next.</param>
internal sealed class RetryFilter(Action<BackgroundJob, Exception, int, TimeSpan> onBroken)
    : JobFilterAttribute, IElectStateFilter, IApplyStateFilter, IServerFilter
{
    /// <summary>Starts without an end in a row, after which a job counts as poison.</summary>
    public const int MostStarts = 5;

    private const string RetryCount = nameof(RetryCount);
    private const string NextQueue = JobRow.NextQueue;
    private const string UnfinishedStarts = JobRow.UnfinishedStarts;

    // The set behind the dashboard's page of retries.
    private const string Retries = "retries";

    public void OnStateElection(ElectStateContext context)
    {
        switch (context.CandidateState)
        {
            case ProcessingState when IsAfterCrash(context):
                StopPoison(context);
                break;
            case FailedState { Exception: var thrown }:
                if (thrown is not RetryLater { Deferred: true }) ForgetStarts(context);
                Remember(context, (thrown as RetryLater)?.Queue);
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

    private ScheduledState? Sort(ElectStateContext context, Exception thrown)
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
                var pause = RetrySchedule.After(attempt);
                onBroken(context.BackgroundJob, thrown, attempt, pause);
                if (attempt > RetrySchedule.Attempts) return null;
                context.SetJobParameter(RetryCount, attempt);
                return new(pause) { Reason = $"Retry attempt {attempt} of {RetrySchedule.Attempts}: {thrown.GetType().Name}" };
        }
    }

    private static void Remember(ElectStateContext context, string? queue)
    {
        if (context.GetJobParameter<string>(NextQueue, allowStale: true) != queue) context.SetJobParameter(NextQueue, queue);
    }

    // It came to an end, if a bad one; a deferral has done nothing yet, and says nothing about what would have come. Not from the snapshot,
    // which was taken before this start was counted.
    private static void ForgetStarts(ElectStateContext context)
    {
        if (context.GetJobParameter<int>(UnfinishedStarts) != 0) context.SetJobParameter(UnfinishedStarts, 0);
    }

    // Processing again without having left Processing, or, as its first step need not be on disk, taken from somebody who never came to an
    // end with it.
    private static bool IsAfterCrash(ElectStateContext context) =>
        context.CurrentState == ProcessingState.StateName || context.GetJobParameter<bool>(JobRow.Rescued, allowStale: true);

    // Whoever ran it before died, or was killed by it; which of the jobs that ran there was to blame nobody knows. From the second time on
    // they start apart from each other, so that one that kills does not take the same others with it.
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
            context.CandidateState =
                new ScheduledState(RetrySchedule.After(starts - 1)) { Reason = $"Retry: its process ended {starts} times while it ran" };
    }
}

/// <summary>The job was started again and again and never came to an end.</summary>
internal sealed class PoisonJob(int starts)
    : Exception($"Started {starts} times in a row without coming to an end, so it is not started again.");
