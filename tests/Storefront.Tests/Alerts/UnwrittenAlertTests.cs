using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Alerts;

/// <summary>What Postgres could not take down is told the next time, and then once.</summary>
public sealed class UnwrittenAlertTests(HeldStockTests.ShopWithAlerts shop) : IClassFixture<HeldStockTests.ShopWithAlerts>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_incident_whose_alert_could_not_be_written_is_told_the_next_time()
    {
        await WithoutAlertsAsync(async () =>
        {
            await RunAsync($"""
                insert into {GateTable.Incidents} (partner, cause, began_at) values ('Email', 'It failed.', now() - interval '1 minute')
                """);
            await TellIncidentsAsync();
        });
        (await ToldAsync("partner-down", "Email is down")).ShouldBe(0);
        await TellIncidentsAsync();
        await TellIncidentsAsync();
        (await ToldAsync("partner-down", "Email is down")).ShouldBe(1);

        await WithoutAlertsAsync(async () =>
        {
            await RunAsync($"update {GateTable.Incidents} set ended_at = now() - interval '2 minutes' where partner = 'Email'");
            await TellIncidentsAsync();
        });
        (await ToldAsync("partner-down", "Email is back")).ShouldBe(0);
        await TellIncidentsAsync();
        await TellIncidentsAsync();
        (await ToldAsync("partner-down", "Email is back")).ShouldBe(1);
    }

    [Fact]
    public async Task An_incident_whose_process_died_between_telling_and_marking_it_is_told_once()
    {
        await RunAsync($"""
            insert into {GateTable.Incidents} (partner, cause, began_at) values ('Analytics', 'It failed.', now() - interval '1 minute')
            """);
        await TellIncidentsAsync();
        await RunAsync($"update {GateTable.Incidents} set begin_told = false where partner = 'Analytics'");

        await TellIncidentsAsync();

        (await ToldAsync("partner-down", "Analytics is down")).ShouldBe(1);
        (await ReadAsync($"select count(*) from {GateTable.Incidents} where partner = 'Analytics' and begin_told")).ShouldBe(1);
    }

    [Fact]
    public async Task A_reminder_that_could_not_be_written_is_told_the_next_time()
    {
        await shop.Get<Switches>().SetAsync(Switches.Queue("default"), Switches.Paused, "grace@example.com", "grace asked for it", Cancel);
        await WithoutAlertsAsync(async () =>
        {
            await RunAsync("update orders.switches set at = at - interval '2 hours'");
            await RemindAsync();
        });
        (await ToldAsync("held-by-hand", "default")).ShouldBe(0);
        await RemindAsync();
        await RemindAsync();
        (await ToldAsync("held-by-hand", "default")).ShouldBe(1);
    }

    [Fact]
    public async Task A_finding_for_a_person_whose_alert_could_not_be_written_is_told_by_the_next_round()
    {
        var order = Guid.NewGuid();
        await ActivatorUtilities.CreateInstance<Findings>(shop.Services, Node())
            .LeftToPersonAsync(RepairKind.OrderWithoutReservation, order, "placed, and its stock is gone", "it is sold out", Cancel);
        await WithoutAlertsAsync(ReconcileAsync);
        (await ToldAsync("left-to-person", $"{order}")).ShouldBe(0);

        await ReconcileAsync();
        await ReconcileAsync();

        (await ToldAsync("left-to-person", $"{order} needs a person: placed, and its stock is gone; it is sold out.")).ShouldBe(1);
        (await ReadAsync("select count(*) from orders.repairs where untold")).ShouldBe(0);
    }

    [Fact]
    public async Task A_dead_delivery_whose_alert_could_not_be_written_is_told_by_the_next_round()
    {
        var order = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status = 422 });
        await WithoutAlertsAsync(() => Should.ThrowAsync<DeadLetter>(
            ActivatorUtilities.CreateInstance<SendOrderConfirmation>(shop.Services).RunAsync(order, Cancel)));
        (await ToldAsync("dead-delivery", $"{order}")).ShouldBe(0);

        await ReconcileAsync();
        await ReconcileAsync();

        (await ToldAsync("dead-delivery", $"{order}")).ShouldBe(1);
        (await ReadAsync("select count(*) from orders.deliveries where untold")).ShouldBe(0);
    }

    [Fact]
    public async Task Many_repairs_whose_alert_could_not_be_written_are_told_by_the_next_round()
    {
        await RunAsync("""
            insert into orders.repairs (kind, subject, found, done) select 'job-lost', n, '', '' from generate_series(1, 20) n
            """);
        var order = await PlaceAsync();
        await RunAsync($"update orders.deliveries set job_id = null, due_at = now() - interval '1 minute' where order_id = '{order}'");
        await WithoutAlertsAsync(ReconcileAsync);
        (await ToldAsync("many-repairs", "")).ShouldBe(0);

        await ReconcileAsync();
        await ReconcileAsync();

        (await ToldAsync("many-repairs", "")).ShouldBe(1);
    }

    private Task ReconcileAsync()
    {
        var alarm = Node();
        return ActivatorUtilities.CreateInstance<ReconcileOrders>(
            shop.Services, alarm, ActivatorUtilities.CreateInstance<Findings>(shop.Services, alarm),
            ActivatorUtilities.CreateInstance<DeadDeliveries>(shop.Services, alarm)).RunAsync(Cancel);
    }

    private async Task<Guid> PlaceAsync()
    {
        var opened = (Opened.Ours)await shop.Get<OrderStore>().OpenAsync(
            new(
                Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new(Goods.Lamp, "Desk Lamp", 1, 139m)]),
            Cancel);
        await shop.Get<OrderStore>().PlaceAsync(opened.Lease);
        return opened.Lease.OrderId;
    }

    // Each time by another node, which remembers nothing of the last time.
    private Task TellIncidentsAsync() => ActivatorUtilities.CreateInstance<IncidentAlerts>(shop.Services, Node()).RaiseAsync(Cancel);

    private Task RemindAsync() => ActivatorUtilities.CreateInstance<HoldAlerts>(shop.Services, Node()).RaiseAsync(Cancel);

    private Alarm Node() => ActivatorUtilities.CreateInstance<Alarm>(shop.Services);

    /// <summary>Meanwhile no alert can be written.</summary>
    private async Task WithoutAlertsAsync(Func<Task> meanwhile)
    {
        await RunAsync("alter table orders.alerts rename to alerts_gone");
        await meanwhile();
        await RunAsync("alter table orders.alerts_gone rename to alerts");
    }

    private Task<long> ToldAsync(string kind, string text) => ReadAsync($"""
        select count(*) from hangfire.job where invocationdata ->> 'Type' like '%SendAlert%' and arguments::text like '%{kind}%{text}%'
        """);

    private async Task RunAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<long> ReadAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
