using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.States;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Queue.Storage;
using Storefront.Tests.Support;
using Storefront.Web.Database;

namespace Storefront.Tests.Database;

/// <summary>The former version takes and finishes orders while <c>--migrate</c> brings its database to what this version needs.</summary>
public sealed class UpgradeTests
{
    private const string LastMigrationBefore = "20261123210000_Fillfactor";

    [Fact]
    public async Task A_running_version_takes_and_finishes_orders_during_a_migration()
    {
        await using var store = await JobStore.CreateAsync(JobStorageKind.Fast, MigrateToVersionBeforeAsync, "before");
        store.Serve(workers: 4);
        using var stop = new CancellationTokenSource();
        var orders = 0;
        var jobs = new List<string>();
        var shoppers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await TakeAndFinishOrderAsync(store.Postgres);
                Interlocked.Increment(ref orders);
                lock (jobs) jobs.Add(store.Client.Create(Job.FromExpression(() => Probe.Run(nameof(UpgradeTests))), new EnqueuedState()));
            }
        })).ToList();
        await UntilAnotherFiftyAsync();

        await MigrateAsync(store.Address);

        await UntilAnotherFiftyAsync();
        await stop.CancelAsync();
        await Task.WhenAll(shoppers); // This throws the errors that the shoppers met.
        await store.UntilQueuesAreEmptyAsync();
        (await store.ReadAsync<long>("select count(*) from hangfire.job where statename <> 'Succeeded'")).ShouldBe([0]);
        (await store.ReadAsync<long>("select count(*) from hangfire.job")).ShouldBe([jobs.Count]);
        (await store.ReadAsync<long>("select count(*) from orders.deliveries where state = 'delivered'")).ShouldBe([orders + Before]);

        Task<int> UntilAnotherFiftyAsync()
        {
            var enough = Volatile.Read(ref orders) + 50;
            return Eventually.Async(
                () => Task.FromResult(shoppers.Any(shopper => shopper.IsFaulted) ? int.MaxValue : Volatile.Read(ref orders)),
                seen => seen >= enough, "orders go on");
        }
    }

    [Fact]
    public async Task An_interrupted_migration_is_completed_by_the_next_run()
    {
        await using var store = await JobStore.CreateAsync(JobStorageKind.Fast, MigrateToVersionBeforeAsync, "before");
        // A process killed while it built these two indexes leaves them invalid. It had built a third, and not recorded it.
        await LeaveUnfinishedAsync(store, "ix_deliveries_pending", "orders.deliveries (state)");
        await LeaveUnfinishedAsync(store, "ix_storefront_job_expireat", "hangfire.job (statename)");
        await store.RunAsync("create index ix_repairs_at on orders.repairs (at)");

        await MigrateAsync(store.Address);
        await MigrateAsync(store.Address);

        (await store.ReadAsync<string>("select indexrelid::regclass::text from pg_index where not indisvalid")).ShouldBeEmpty();
        (await DefinitionAsync("orders.ix_deliveries_pending")).ShouldContain("(due_at, order_id, effect) WHERE");
        (await DefinitionAsync("hangfire.ix_storefront_job_expireat")).ShouldContain("(expireat) WHERE");
        (await store.ReadAsync<string>("select indexname::text from pg_indexes where indexname like 'ix_hangfire_job_statename%'"))
            .ShouldBeEmpty();

        async Task<string> DefinitionAsync(string index) =>
            (await store.ReadAsync<string>($"select pg_get_indexdef('{index}'::regclass)")).Single();
    }

    [Fact]
    public async Task The_migrations_match_the_models_of_the_shop()
    {
        await using var shop = Shop("");
        shop.Database.HasPendingModelChanges().ShouldBeFalse();
    }

    private const int Before = 20_000;

    private static async Task MigrateToVersionBeforeAsync(string address)
    {
        await using var shop = Shop(address);
        await shop.Database.MigrateAsync();
        await using var orders = Orders(address);
        await orders.Database.MigrateAsync(LastMigrationBefore);
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync();
        PostgreSqlObjectsInstaller.Install(connection, JobSchema.Name); // This adds the indexes of an older version.
        // This version's storage takes the orders, and it needs its table of locks, which the former version did not have.
        await using var fill = new NpgsqlCommand($"""
            {LeaseLocks.CreateTable};
            insert into orders.orders (
                id, status, email, name, currency, total, idempotency_key, request_hash, city, country, line1, postal_code, placed_at)
            select md5(n::text)::uuid, 'placed', 'ada@example.com', 'Ada', 'EUR', 1, n::text, '', 'London', 'GB', '1', '1', now()
            from generate_series(1, {Before}) n;
            insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at, delivered_at)
            select md5(n::text)::uuid, 'order-confirmation', 'delivered', n::text, now(), now() from generate_series(1, {Before}) n;
            """, connection);
        await fill.ExecuteNonQueryAsync();
    }

    private static async Task MigrateAsync(string address)
    {
        var partners = new[] { "Inventory", "Email", "Analytics" }
            .SelectMany(name => new[] { $"--Partners:{name}:BaseUrl=http://127.0.0.1:1", $"--Partners:{name}:ApiKey=none" });
        string[] arguments =
        [
            "--migrate", "--environment=Test", "--applicationName=Storefront.Web", $"--contentRoot={Repository.File("Storefront.Web")}",
            "--Sandbox:Enabled=false", $"--ConnectionStrings:Storefront={address}", .. partners,
        ];
        (await RunningProgram.RunAsync(arguments)).ShouldBe(0);
    }

    // The former version writes these rows for an order.
    private static async Task TakeAndFinishOrderAsync(NpgsqlDataSource database)
    {
        var (id, token) = (Guid.NewGuid(), Guid.NewGuid());
        await database.ExecuteAsync("""
            insert into orders.orders (
                id, status, email, name, currency, total, idempotency_key, request_hash, city, country, line1, postal_code,
                lease_token, lease_until)
            values (
                $1, 'reserving', 'ada@example.com', 'Ada', 'EUR', 1, $1::text, '', 'London', 'GB', '1', '1',
                $2, now() + interval '1 minute')
            """, [id, token], default);
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.InBatch("select orders.settle($1, $2, 'placed', null, '[]', null)", id, token));
        batch.BatchCommands.Add(Sql.InBatch(
            "insert into orders.lines (order_id, sku, name, quantity, unit_price, position) values ($1, 'MUG-OAT', 'Mug', 1, 1, 0)", id));
        batch.BatchCommands.Add(Sql.InBatch("""
            insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at)
            values ($1, 'order-confirmation', 'pending', $1::text || '/c', now())
            """, id));
        await batch.ExecuteNonQueryAsync();
        await database.ExecuteAsync("""
            update orders.deliveries set attempts = attempts + 1, payload = '{}', first_attempt_at = now(), in_doubt_since = now()
            where order_id = $1
            """, [id], default);
        await database.ExecuteAsync("""
            update orders.deliveries set state = 'delivered', delivered_at = now(), in_doubt_since = null
            where order_id = $1 and state = 'pending'
            """, [id], default);
    }

    private static async Task LeaveUnfinishedAsync(JobStore store, string name, string on)
    {
        if (on.StartsWith("hangfire", StringComparison.Ordinal))
            await store.RunAsync("""
                insert into hangfire.job (invocationdata, arguments, createdat, statename)
                select '{}', '[]', now(), 'Succeeded' from generate_series(1, 2)
                """);
        await Should.ThrowAsync<PostgresException>(() => store.RunAsync($"create unique index concurrently {name} on {on}"));
    }

    private static OrdersDb Orders(string address)
    {
        var orders = new OrdersDb();
        orders.Database.SetConnectionString(address);
        return orders;
    }

    private static ShopDb Shop(string address) => new(
        new DbContextOptionsBuilder<ShopDb>().UseNpgsql(address, ShopDbRegistration.Migrations).UseSnakeCaseNamingConvention().Options);
}
