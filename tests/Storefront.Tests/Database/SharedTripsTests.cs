using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Tests.Support;

namespace Storefront.Tests.Database;

public sealed class SharedTripsTests : IAsyncLifetime
{
    /// <summary>Sessions that wait for a lock in this test's database: others' tests, on the same server, wait for locks of their own.</summary>
    private const string Waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

    private TestDatabase database = null!;
    private NpgsqlDataSource source = null!;
    private SharedTrips trips = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "empty");
        source = NpgsqlDataSource.Create(database.ConnectionString);
        trips = new SharedTrips(source);
        await source.CreateCommand("create table one (n int primary key, trip xid8 not null default pg_current_xact_id())").ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Each_gets_its_own_rows_and_many_share_a_commit()
    {
        var answers = await Task.WhenAll(Enumerable.Range(1, 200).Select(async n => n % 2 == 0
            ? await trips.ReadAsync(() => Sql.InBatch("insert into one (n) select * from generate_series($1::int, $1::int + $2::int) as s(n) returning n", n * 10, n % 3), row => row.GetInt32(0))
            : await NoneAsync(trips.ExecuteAsync(() => Insert(n * 10), () => Insert(n * 10 + 1)))));

        foreach (var (rows, n) in answers.Select((rows, index) => (rows, index + 1)))
            rows.ShouldBe(n % 2 == 0 ? Enumerable.Range(n * 10, n % 3 + 1) : [], $"asked for by {n}");
        (await CountAsync("select count(*) from one")).ShouldBe(200 + answers.Sum(rows => rows.Count));
        (await CountAsync("select count(distinct trip) from one")).ShouldBeLessThan(100);
    }

    [Fact]
    public async Task One_that_fails_fails_alone_and_leaves_nothing()
    {
        await trips.ExecuteAsync(() => Insert(7));

        var all = Enumerable.Range(1, 100).Select(n => trips.ExecuteAsync(() => Insert(n + 1000), () => Insert(n))).ToList();
        var refused = await Should.ThrowAsync<PostgresException>(all[6]);
        foreach (var one in all.Where((_, n) => n != 6)) await one;

        refused.SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
        (await CountAsync("select count(*) from one where n <= 100")).ShouldBe(100);
        (await CountAsync("select count(*) from one where n = 1007")).ShouldBe(0, "what one asks for happens together or not at all");
    }

    [Fact]
    public async Task Where_the_connection_dies_everybody_on_it_hears_of_it_and_the_next_ones_travel()
    {
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await new NpgsqlCommand("insert into one values (1)", holder).ExecuteNonQueryAsync();

        var blocked = Enumerable.Range(0, 5).Select(_ => trips.ExecuteAsync(() => Insert(1))).ToList();
        await Eventually.Async(() => CountAsync($"select count(*) {Waiting}"), waiting => waiting > 0, "they wait for whoever holds the key");
        while (blocked.Exists(one => !one.IsCompleted))
            await CountAsync($"select count(pg_terminate_backend(pid)) {Waiting}");

        foreach (var one in blocked) await Should.ThrowAsync<NpgsqlException>(one);
        await transaction.RollbackAsync();
        await trips.ExecuteAsync(() => Insert(1));
        (await CountAsync("select count(*) from one")).ShouldBe(1);
    }

    private static NpgsqlBatchCommand Insert(int n) => Sql.InBatch("insert into one (n) values ($1)", n);

    private static async Task<List<int>> NoneAsync(Task task)
    {
        await task;
        return [];
    }

    private async Task<long> CountAsync(string sql) => (long)(await source.CreateCommand(sql).ExecuteScalarAsync())!;
}
