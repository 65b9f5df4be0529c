using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// Round trips and commits that callers share: what they ask for while some are under way goes with the next, so nobody waits for company, and at rush
/// hour many cost little more than one. Where a statement fails, each caller's are run alone, so nobody fails for another's.
/// </summary>
internal sealed class SharedTrips(NpgsqlDataSource database)
{
    private const int MostUnderWay = 2;
    private const int MostTogether = 50;

    private readonly Lock gate = new();
    private readonly Queue<Passenger> waiting = new();
    private int underWay;

    /// <summary>Returns when the statements are durable. They must return no rows.</summary>
    public Task ExecuteAsync(params Func<NpgsqlBatchCommand>[] statements) => TravelAsync(new Passenger<bool>(statements, row: null));

    /// <summary>The rows of one statement, which is durable by then.</summary>
    public Task<List<T>> ReadAsync<T>(Func<NpgsqlBatchCommand> statement, Func<NpgsqlDataReader, T> row) => TravelAsync(new Passenger<T>([statement], row));

    private Task<List<T>> TravelAsync<T>(Passenger<T> passenger)
    {
        lock (gate)
        {
            waiting.Enqueue(passenger);
            if (underWay == MostUnderWay) return passenger.Arrival;
            underWay++;
        }

        // What surrounds the first caller (its trace, its log of calls) is not the others'.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(RunAsync);
        return passenger.Arrival;
    }

    private async Task RunAsync()
    {
        while (Board() is { } group)
        {
            try
            {
                await TravelAsync(group);
            }
            catch (PostgresException) when (group.Count > 1)
            {
                foreach (var one in group) await TravelAloneAsync(one);
            }
            catch (Exception fault)
            {
                foreach (var one in group) one.Fail(fault);
            }
        }
    }

    private async Task TravelAloneAsync(Passenger one)
    {
        try
        {
            await TravelAsync([one]);
        }
        catch (Exception fault)
        {
            one.Fail(fault);
        }
    }

    private List<Passenger>? Board()
    {
        lock (gate)
        {
            var group = new List<Passenger>();
            while (group.Count < MostTogether && waiting.TryDequeue(out var next)) group.Add(next);
            if (group.Count > 0) return group;
            underWay--;
            return null;
        }
    }

    private async Task TravelAsync(List<Passenger> group)
    {
        await using var batch = database.CreateBatch();
        foreach (var one in group) one.AddTo(batch);
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            var result = true; // statements without rows have no result
            foreach (var one in group.Where(one => one.HasRows))
            {
                await one.ReadAsync(reader);
                result = await reader.NextResultAsync();
            }

            while (result) result = await reader.NextResultAsync(); // to the end, where the commit is
        }

        foreach (var one in group) one.Arrive();
    }

    private abstract class Passenger
    {
        public abstract bool HasRows { get; }
        public abstract void AddTo(NpgsqlBatch batch);
        public abstract Task ReadAsync(NpgsqlDataReader reader);
        public abstract void Arrive();
        public abstract void Fail(Exception fault);
    }

    private sealed class Passenger<T>(Func<NpgsqlBatchCommand>[] statements, Func<NpgsqlDataReader, T>? row) : Passenger
    {
        private readonly TaskCompletionSource<List<T>> arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private List<T> rows = [];

        public Task<List<T>> Arrival => arrival.Task;
        public override bool HasRows => row is not null;

        public override void AddTo(NpgsqlBatch batch)
        {
            foreach (var statement in statements) batch.BatchCommands.Add(statement());
        }

        public override async Task ReadAsync(NpgsqlDataReader reader)
        {
            rows = []; // it may be the second time
            while (await reader.ReadAsync()) rows.Add(row!(reader));
        }

        public override void Arrive() => arrival.SetResult(rows);
        public override void Fail(Exception fault) => arrival.TrySetException(fault);
    }
}
