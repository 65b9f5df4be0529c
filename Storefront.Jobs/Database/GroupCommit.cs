using System.Diagnostics;
using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// Callers share round trips and commits. What callers ask for during one commit becomes the next commit. So nobody waits for others
/// to come, and under load many commits cost little more than one. Where a statement fails, the statements of
/// each caller are run alone, so that no caller fails because of another. A lock that somebody else holds delays only those who need it.
/// </summary>
internal sealed class GroupCommit(NpgsqlDataSource database)
{
    private const int MostUnderWay = 2;
    private const int MostTogether = 50;

    /// <summary>How long the statements of a caller whose rows somebody else has locked are tried again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The pause before the next try. It leaves the connections to other callers for most of the time.</summary>
    private static readonly TimeSpan WhileLocked = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly Queue<PendingWrite> waiting = new();
    private int underWay;

    /// <summary>Returns when the statements are durable. They must return no rows.</summary>
    public Task ExecuteAsync(params Func<NpgsqlBatchCommand>[] statements) => WaitForAsync(new(statements));

    /// <summary>The rows of one statement, which is durable by then.</summary>
    public async Task<List<T>> ReadAsync<T>(Func<NpgsqlBatchCommand> statement, Func<NpgsqlDataReader, T> row)
    {
        var rows = new List<T>();
        await WaitForAsync(new([statement]) { Clear = rows.Clear, AddRow = reader => rows.Add(row(reader)) });
        return rows;
    }

    private Task WaitForAsync(PendingWrite write)
    {
        Enqueue(write);
        return write.Completion.Task;
    }

    private void Enqueue(PendingWrite write)
    {
        lock (gate)
        {
            waiting.Enqueue(write);
            if (underWay == MostUnderWay) return;
            underWay++;
        }

        // What surrounds the first caller (its trace, its log of calls) is not the others'.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(RunAsync);
    }

    private async Task EnqueueLaterAsync(PendingWrite write)
    {
        write.Alone = true;
        await Task.Delay(WhileLocked);
        Enqueue(write);
    }

    private async Task RunAsync()
    {
        while (TakeGroup() is { } group)
        {
            if (group.Count == 1)
            {
                await CommitAloneAsync(group[0]);
                continue;
            }

            try
            {
                await CommitAsync(group);
            }
            catch (Exception fault) when (!PostgresFaults.IsOutage(fault))
            {
                // It was rolled back, or not even sent.
                foreach (var one in group) await CommitAloneAsync(one);
            }
            catch (Exception fault)
            {
                foreach (var one in group) one.Fail(fault);
            }
        }
    }

    private async Task CommitAloneAsync(PendingWrite one)
    {
        try
        {
            await Conflicts.RepeatAsync(() => CommitAsync([one]));
        }
        catch (Exception fault) when (PostgresFaults.IsLocked(fault) && one.Waited.Elapsed < Patience)
        {
            _ = EnqueueLaterAsync(one);
        }
        catch (Exception fault)
        {
            one.Fail(fault);
        }
    }

    private List<PendingWrite>? TakeGroup()
    {
        lock (gate)
        {
            var group = new List<PendingWrite>();
            while (group.Count < MostTogether && waiting.TryPeek(out var next) && (group.Count == 0 || !group[0].Alone && !next.Alone))
                group.Add(waiting.Dequeue());
            if (group.Count > 0) return group;
            underWay--;
            return null;
        }
    }

    private async Task CommitAsync(List<PendingWrite> group)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("select set_config('lock_timeout', '100ms', true)"));
        var added = group.Where(one => one.TryAddTo(batch)).ToList();
        if (added.Count == 0) return;
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            var result = await reader.NextResultAsync(); // statements without rows have no result
            foreach (var one in added.Where(one => one.AddRow is not null))
            {
                await one.ReadAsync(reader);
                result = await reader.NextResultAsync();
            }

            while (result) result = await reader.NextResultAsync(); // to the end, where the commit is
        }

        foreach (var one in added) one.Complete();
    }

    private sealed class PendingWrite(Func<NpgsqlBatchCommand>[] statements)
    {
        private Exception? unreadable;

        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What to do with each row. Null: there are none.</summary>
        public Action<NpgsqlDataReader>? AddRow { get; init; }

        /// <summary>Called before the first row, since it may be the second time.</summary>
        public Action? Clear { get; init; }

        /// <summary>Somebody else has its rows locked. It must not delay the others.</summary>
        public bool Alone { get; set; }

        public Stopwatch Waited { get; } = Stopwatch.StartNew();

        /// <summary>False: its statements could not be built, and the caller has been told.</summary>
        public bool TryAddTo(NpgsqlBatch batch)
        {
            try
            {
                foreach (var command in statements.Select(statement => statement()).ToList()) batch.BatchCommands.Add(command);
                return true;
            }
            catch (Exception fault)
            {
                Fail(fault);
                return false;
            }
        }

        // A caller that cannot read its rows does not disturb the others: all are committed.
        public async Task ReadAsync(NpgsqlDataReader reader)
        {
            Clear!();
            unreadable = null;
            while (unreadable is null && await reader.ReadAsync())
            {
                try
                {
                    AddRow!(reader);
                }
                catch (Exception fault) when (!PostgresFaults.IsOutage(fault))
                {
                    unreadable = fault;
                }
            }
        }

        public void Complete()
        {
            if (unreadable is null) Completion.TrySetResult();
            else Fail(unreadable);
        }

        public void Fail(Exception fault) => Completion.TrySetException(fault);
    }
}
