using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Tests.Support;

namespace Storefront.Tests.Database;

public sealed class GroupCommitTests : IAsyncLifetime
{
    /// <summary>
    /// Sessions that wait for a lock in this test's database. Other tests wait for locks on the same server.
    /// </summary>
    private const string Waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

    private TestDatabase database = null!;
    private NpgsqlDataSource source = null!;
    private GroupCommit commits = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "empty");
        source = NpgsqlDataSource.Create(database.ConnectionString);
        commits = new GroupCommit(source);
        await source.CreateCommand("create table one (n int primary key, trip xid8 not null default pg_current_xact_id())")
            .ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Each_caller_gets_its_own_rows_and_many_callers_share_a_commit()
    {
        var answers = await Task.WhenAll(Enumerable.Range(1, 200).Select(async n => n % 2 == 0
            ? await commits.ReadAsync(
                () => Sql.InBatch("insert into one (n) select * from generate_series($1::int, $1::int + $2::int) as s(n) returning n",
                    n * 10, n % 3), row => row.GetInt32(0))
            : await NoneAsync(commits.ExecuteAsync(() => Insert(n * 10), () => Insert(n * 10 + 1)))));

        foreach (var (rows, n) in answers.Select((rows, index) => (rows, index + 1)))
            rows.ShouldBe(n % 2 == 0 ? Enumerable.Range(n * 10, n % 3 + 1) : [], $"asked for by {n}");
        (await CountAsync("select count(*) from one")).ShouldBe(200 + answers.Sum(rows => rows.Count));
        (await CountAsync("select count(distinct trip) from one")).ShouldBeLessThan(100);
    }

    [Fact]
    public async Task A_caller_whose_statement_fails_fails_alone_and_writes_nothing()
    {
        await commits.ExecuteAsync(() => Insert(7));

        var all = Enumerable.Range(1, 100).Select(n => commits.ExecuteAsync(() => Insert(n + 1000), () => Insert(n))).ToList();
        var refused = await Should.ThrowAsync<PostgresException>(all[6]);
        foreach (var insert in all.Where((_, n) => n != 6)) await insert;

        refused.SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
        (await CountAsync("select count(*) from one where n <= 100")).ShouldBe(100);
        (await CountAsync("select count(*) from one where n = 1007")).ShouldBe(0, "what one asks for happens together or not at all");
    }

    [Fact]
    public async Task A_caller_whose_statement_or_rows_cannot_be_handled_fails_alone()
    {
        var all = Enumerable.Range(1, 100).Select(n => (n % 10) switch
        {
            3 => commits.ExecuteAsync(() => throw new FormatException("cannot be made")),
            5 => commits.ExecuteAsync(() => Sql.InBatch("insert into one (n) values ($1)", new Version(1, 2))),
            7 => commits.ReadAsync(() => Sql.InBatch("insert into one (n) values ($1) returning n", n), row => row.GetGuid(0)),
            _ => commits.ExecuteAsync(() => Insert(n)),
        }).ToList();

        foreach (var (insert, n) in all.Select((insert, index) => (insert, index + 1)))
        {
            if (n % 10 is 3 or 5 or 7) await Should.ThrowAsync<Exception>(insert);
            else await insert;
        }

        (await CountAsync("select count(*) from one where n % 10 not in (3, 5, 7)")).ShouldBe(70);
        (await CountAsync("select count(*) from one where n % 10 = 7")).ShouldBe(10, "what cannot be read has been written once");
    }

    [Fact]
    public async Task A_locked_row_delays_only_the_caller_that_needs_it()
    {
        await commits.ExecuteAsync(() => Insert(1), () => Insert(2));
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await new NpgsqlCommand("select from one where n in (1, 2) for update", holder).ExecuteNonQueryAsync();

        var blocked = new[] { 1, 2 }
            .Select(n => commits.ExecuteAsync(() => Sql.InBatch("update one set n = $1 + 10000 where n = $1", n))).ToList();
        for (var n = 100; n < 150; n++) await commits.ExecuteAsync(() => Insert(n));

        blocked.ShouldAllBe(update => !update.IsCompleted);
        await transaction.RollbackAsync();
        foreach (var update in blocked) await update;
        (await CountAsync("select count(*) from one where n > 10000")).ShouldBe(2);
    }

    [Theory]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    public async Task A_deadlock_or_serialization_failure_is_run_again(string state)
    {
        await RaiseAsync(state, times: 2);

        await commits.ExecuteAsync(() => Insert(1));

        (await CountAsync("select count(*) from one")).ShouldBe(1);
    }

    [Fact]
    public async Task When_the_connection_dies_all_its_callers_fail_and_later_callers_succeed()
    {
        await using var holder = await source.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await new NpgsqlCommand("insert into one values (1)", holder).ExecuteNonQueryAsync();

        var blocked = Enumerable.Range(0, 5).Select(_ => commits.ExecuteAsync(() => Insert(1))).ToList();
        await Eventually.Async(() => CountAsync($"select count(*) {Waiting}"), waiting => waiting > 0,
            "they wait for whoever holds the key");
        while (blocked.Exists(insert => !insert.IsCompleted))
            await CountAsync($"select count(pg_terminate_backend(pid)) {Waiting}");

        foreach (var insert in blocked) await Should.ThrowAsync<NpgsqlException>(insert);
        await transaction.RollbackAsync();
        await commits.ExecuteAsync(() => Insert(1));
        (await CountAsync("select count(*) from one")).ShouldBe(1);
    }

    /// <summary>Makes the first inserts fail. A sequence counts them, because a rollback does not undo it.</summary>
    private async Task RaiseAsync(string state, int times) => await source.CreateCommand($"""
        create sequence tried;
        create function refuse() returns trigger language plpgsql as $$
            begin if nextval('tried') <= {times} then raise exception 'not now' using errcode = '{state}'; end if; return new; end $$;
        create trigger refuse before insert on one for each row execute function refuse()
        """).ExecuteNonQueryAsync();

    private static NpgsqlBatchCommand Insert(int n) => Sql.InBatch("insert into one (n) values ($1)", n);

    private static async Task<List<int>> NoneAsync(Task task)
    {
        await task;
        return [];
    }

    private async Task<long> CountAsync(string sql) => (long)(await source.CreateCommand(sql).ExecuteScalarAsync())!;
}
