using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Tests.Support;

namespace Storefront.Tests.Database;

/// <summary>The steps of a migration, while other sessions use the same tables.</summary>
public sealed class SchemaUpdateTests : IAsyncLifetime
{
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly StringWriter console = new();
    private TestDatabase database = null!;
    private NpgsqlDataSource postgres = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync(MakeAsync, "update");
        postgres = NpgsqlDataSource.Create(database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        await database.DisposeAsync();
        await console.DisposeAsync();
    }

    [Fact]
    public async Task Other_sessions_do_not_queue_behind_a_step_that_waits_for_its_lock()
    {
        await using var update = await SchemaUpdate.BeginAsync(postgres, console, Never);
        await using var holder = await postgres.OpenConnectionAsync(Never);
        await using var transaction = await holder.BeginTransactionAsync(Never);
        await RunAsync(holder, "insert into orders.things values (0)");

        var step = StepAsync(update, "adding a column", "alter table orders.things add column colour text");
        await UntilAsync("""
            select exists (select from pg_locks where relation = 'orders.things'::regclass and mode = 'AccessExclusiveLock' and not granted)
            """);

        // While the holder stays, the step never gets its lock. Each writer finishes all the same, although some queue behind the
        // step for a while.
        for (var n = 1; n <= 20; n++) await RunAsync($"insert into orders.things values ({n})");
        step.IsCompleted.ShouldBeFalse();

        await transaction.CommitAsync(Never);
        await step;
        (await ReadAsync<long>("select count(colour) from orders.things")).ShouldBe(0);
        console.ToString().ShouldMatch(@"^orders: adding a column … \d+\.\d s\r?\n$");
    }

    [Theory]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    [InlineData(PostgresErrorCodes.LockNotAvailable)]
    public async Task A_step_refused_by_a_lock_timeout_or_a_deadlock_is_retried(string refusal)
    {
        await using var update = await SchemaUpdate.BeginAsync(postgres, console, Never);
        var times = 0;
        await update.StepAsync("orders", "trying", async () =>
        {
            if (++times < 3) await RunAsync($"do $$ begin raise exception 'not now' using errcode = '{refusal}'; end $$");
        }, Never);
        times.ShouldBe(3);
    }

    [Fact]
    public async Task A_step_that_cannot_succeed_is_not_retried()
    {
        await using var update = await SchemaUpdate.BeginAsync(postgres, console, Never);
        var fault = await Should.ThrowAsync<PostgresException>(
            () => StepAsync(update, "dropping what is not there", "drop table orders.nothing"));
        fault.SqlState.ShouldBe(PostgresErrorCodes.UndefinedTable);
        console.ToString().ShouldContain("dropping what is not there … not done");
    }

    [Fact]
    public async Task A_second_migrating_process_says_that_it_waits_and_continues_after_the_first()
    {
        var first = await SchemaUpdate.BeginAsync(postgres, TextWriter.Null, Never);
        var second = SchemaUpdate.BeginAsync(postgres, console, Never);
        await Eventually.Async(
            () => Task.FromResult(console.ToString()), said => said.Contains("waiting until it has ended"),
            "the second says that it waits");

        // The waiting process must not delay an index that the first one builds.
        await StepAsync(first, "an index", "set lock_timeout = 0", "create index concurrently ix_things on orders.things (id)");
        second.IsCompleted.ShouldBeFalse();

        await first.DisposeAsync();
        await (await second).DisposeAsync();
    }

    [Fact]
    public async Task An_index_that_waits_for_an_open_transaction_blocks_nobody_and_is_built()
    {
        await using var update = await SchemaUpdate.BeginAsync(postgres, console, Never);
        await using var holder = await postgres.OpenConnectionAsync(Never);
        await using var transaction = await holder.BeginTransactionAsync(Never);
        await RunAsync(holder, "insert into orders.things values (0)");

        var step = StepAsync(update, "an index", "set lock_timeout = 0", "create index concurrently ix_things on orders.things (id)");
        await UntilAsync("select exists (select from pg_stat_progress_create_index where phase like 'waiting for%')");
        for (var n = 1; n <= 20; n++) await RunAsync($"insert into orders.things values ({n})");
        step.IsCompleted.ShouldBeFalse();

        await transaction.CommitAsync(Never);
        await step;
        (await ReadAsync<bool>("select indisvalid from pg_index where indexrelid = 'orders.ix_things'::regclass")).ShouldBeTrue();
    }

    [Fact]
    public async Task An_index_that_waited_too_long_for_an_open_transaction_is_built_again()
    {
        await using var update = await SchemaUpdate.BeginAsync(postgres, console, Never);
        await using var holder = await postgres.OpenConnectionAsync(Never);
        await using var transaction = await holder.BeginTransactionAsync(Never);
        await RunAsync(holder, "insert into orders.things values (0)");

        var tries = 0;
        await update.StepAsync("orders", "an index", async () =>
        {
            await RunAsync(update.Session, "set lock_timeout = '50ms'");
            try
            {
                await RunAsync(update.Session, "create index concurrently if not exists ix_things on orders.things (id)");
            }
            finally
            {
                if (++tries == 1) await transaction.CommitAsync(Never);
            }
        }, Never);

        tries.ShouldBe(2);
        (await ReadAsync<bool>("select indisvalid from pg_index where indexrelid = 'orders.ix_things'::regclass")).ShouldBeTrue();
    }

    [Fact]
    public async Task An_index_whose_build_was_interrupted_is_built_again()
    {
        await RunAsync("insert into orders.things values (1), (1)");
        await Should.ThrowAsync<PostgresException>(() => RunAsync("create unique index concurrently ix_things on orders.things (id)"));
        (await ReadAsync<bool>("select indisvalid from pg_index where indexrelid = 'orders.ix_things'::regclass")).ShouldBeFalse();

        await using var update = await SchemaUpdate.BeginAsync(postgres, console, Never);
        await StepAsync(
            update, "an index", "set lock_timeout = 0", "create index concurrently if not exists ix_things on orders.things (id)");
        (await ReadAsync<bool>("select indisvalid and not indisunique from pg_index where indexrelid = 'orders.ix_things'::regclass"))
            .ShouldBeTrue();
    }

    private static async Task MakeAsync(string address)
    {
        await using var empty = NpgsqlDataSource.Create(address);
        await using var make = empty.CreateCommand("create schema orders; create table orders.things (id int)");
        await make.ExecuteNonQueryAsync();
    }

    private static Task StepAsync(SchemaUpdate update, string sentence, params string[] statements) =>
        update.StepAsync("orders", sentence, async () =>
        {
            foreach (var statement in statements) await RunAsync(update.Session, statement);
        }, Never);

    private Task UntilAsync(string question) => Eventually.Async(() => ReadAsync<bool>(question), yes => yes, question);

    private async Task<T> ReadAsync<T>(string sql)
    {
        await using var command = postgres.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await postgres.OpenConnectionAsync();
        await RunAsync(connection, sql);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
