using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;
using Storefront.Web.Database;
using Storefront.Web.Security;

namespace Storefront.Tests.Database;

/// <summary>What Postgres rolled back in favour of another transaction is done again, and nobody learns of it.</summary>
public sealed class ConflictTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private static readonly CancellationToken Never = CancellationToken.None;

    private OrderStore Orders => shop.Get<OrderStore>();

    public static TheoryData<string> Conflicts => [PostgresErrorCodes.DeadlockDetected, PostgresErrorCodes.SerializationFailure];

    [Theory, MemberData(nameof(Conflicts))]
    public async Task A_lease_of_an_order_is_taken_after_a_conflict(string state)
    {
        var draft = await OpenAsync("lease_until = null");

        await WithConflictsAsync(state, "update", "orders.orders", async () =>
            (await Orders.TakeLeaseAsync(draft.Id, Never)).ShouldNotBeNull());
    }

    [Theory, MemberData(nameof(Conflicts))]
    public async Task A_failed_order_is_opened_again_after_a_conflict(string state)
    {
        var draft = await OpenAsync("status = 'failed', failure = 'not-sent', lease_until = null");

        await WithConflictsAsync(state, "update", "orders.orders", async () =>
            (await Orders.OpenAsync(Draft(draft.IdempotencyKey), Never)).ShouldBeOfType<Opened.Ours>().Known.ShouldBeFalse());
    }

    [Theory, MemberData(nameof(Conflicts))]
    public async Task What_staff_do_to_an_order_is_done_after_a_conflict(string state)
    {
        var draft = await OpenAsync("status = 'failed', failure = 'refused', lease_until = null");

        await WithConflictsAsync(state, "insert", "orders.audit", async () =>
            (await shop.Get<OperatorActions>().ReleaseAsync(draft.Id, "ada@example.com", null, Never)).ShouldBeNull());

        (await ScalarAsync($"select count(*) from orders.audit where order_id = '{draft.Id}'")).ShouldBe(1L);
        (await ScalarAsync($"select count(*) from hangfire.job where arguments::text like '%{draft.Id}%'")).ShouldBe(1L);
    }

    [Theory, MemberData(nameof(Conflicts))]
    public async Task A_switch_of_staff_is_set_after_a_conflict(string state)
    {
        await WithConflictsAsync(state, "insert", "orders.audit",
            () => shop.Get<Switches>().SetAsync($"queue:{state}", Switches.Paused, "ada@example.com", "a test", Never));

        (await ScalarAsync($"select count(*) from orders.switches where target = 'queue:{state}'")).ShouldBe(1L);
    }

    [Theory, MemberData(nameof(Conflicts))]
    public async Task What_the_entity_framework_writes_is_written_after_a_conflict(string state)
    {
        await using var scope = shop.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ShopDb>();

        await WithConflictsAsync(state, "update", "shop.products", async () =>
            (await db.Products.ExecuteUpdateAsync(set => set.SetProperty(product => product.Position, product => product.Position), Never))
                .ShouldBeGreaterThan(0));
        await WithConflictsAsync(state, "insert", "shop.data_protection_keys", async () =>
        {
            db.DataProtectionKeys.Add(new DataProtectionKey { FriendlyName = state });
            (await db.SaveChangesAsync(Never)).ShouldBe(1);
        });
    }

    [Theory, MemberData(nameof(Conflicts)), InlineData("25P03")]
    public void A_conflict_that_does_not_end_is_an_outage_to_the_client(string state) =>
        DatabaseAway.CauseOf(new DbUpdateException("not saved", new PostgresException("not now", "ERROR", "ERROR", state)))
            .ShouldNotBeNull();

    // The first two statements are refused, as if another transaction had been in the way each time.
    private async Task WithConflictsAsync(string state, string change, string table, Func<Task> act)
    {
        await RunAsync($"""
            create sequence public.tried;
            create function public.refuse() returns trigger language plpgsql as $$
            begin
                if nextval('public.tried') <= 2 then raise exception 'not now' using errcode = '{state}'; end if;
                return null;
            end $$;
            create trigger refuse before {change} on {table} for each statement execute function public.refuse()
            """);
        try
        {
            await act();
            (await ScalarAsync("select last_value from public.tried")).ShouldBe(3L);
        }
        finally
        {
            await RunAsync("drop function public.refuse cascade; drop sequence public.tried");
        }
    }

    private async Task<OrderDraft> OpenAsync(string then)
    {
        var draft = Draft(Guid.NewGuid().ToString());
        await Orders.OpenAsync(draft, Never);
        await RunAsync($"update orders.orders set {then} where id = '{draft.Id}'");
        return draft;
    }

    private static OrderDraft Draft(string key) => new(
        key, [1, 2, 3], "ada@example.com", "Ada", new Address("Line 1", null, "London", "SW1", "GB"), "EUR",
        [new("A", "A thing", 2, 3.50m)]);

    private async Task RunAsync(string sql) => await shop.Database.CreateCommand(sql).ExecuteNonQueryAsync(Never);

    private async Task<object?> ScalarAsync(string sql) => await shop.Database.CreateCommand(sql).ExecuteScalarAsync(Never);
}
