using Hangfire.Common;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Reconciliation;

/// <summary>What differs is repaired once and recorded once. What is consistent is left alone.</summary>
public sealed class ReconcileOrdersTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private readonly OrderStore orders = shop.Get<OrderStore>();

    [Fact]
    public async Task An_order_whose_process_died_is_finished()
    {
        var lease = await OpenAsync();
        await AbandonAsync(lease.OrderId);

        await ReconcileAsync();

        (await LiveJobsAsync(lease.OrderId)).ShouldBe(1);
        (await RepairsAsync(lease.OrderId)).ShouldBe([RepairKind.OrderLeftOpen]);
    }

    [Fact]
    public async Task An_order_with_a_valid_lease_is_left_alone()
    {
        var lease = await OpenAsync();
        await ExecuteAsync("update orders.orders set created_at = now() - interval '1 minute' where id = $1", lease.OrderId);

        await ReconcileAsync();

        (await RepairsAsync(lease.OrderId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_delivery_whose_job_is_gone_gets_a_new_job()
    {
        var id = await PlaceAsync();
        await ExecuteAsync(
            "delete from hangfire.job where id in (select job_id from orders.deliveries where order_id = $1 and effect = "
                + "'order-confirmation')", id);

        await ReconcileAsync();
        await ReconcileAsync();

        (await LiveJobsAsync(id)).ShouldBe(3);
        (await RepairsAsync(id)).ShouldBe([RepairKind.DeliveryWithoutJob]);
    }

    [Fact]
    public async Task An_effect_of_a_newer_version_is_left_to_it_and_delays_no_other()
    {
        var (newer, id) = (await PlaceAsync(), await PlaceAsync());
        await ExecuteAsync(
            "update orders.deliveries set effect = 'gift-wrapping', job_id = null where order_id = $1 and effect = 'order-confirmation'",
            newer);
        await ExecuteAsync(
            "delete from hangfire.job where id in (select job_id from orders.deliveries where order_id = $1 and effect = "
                + "'order-confirmation')", id);

        await ReconcileAsync();

        (await RepairsAsync(newer)).ShouldBeEmpty();
        (await RepairsAsync(id)).ShouldBe([RepairKind.DeliveryWithoutJob]);
    }

    [Fact]
    public async Task A_job_that_failed_in_a_database_outage_is_put_back_into_its_queue()
    {
        var id = await PlaceAsync();
        await FailJobAsync(id, "Failed to change state to a 'Succeeded' one due to an exception after 10 retry attempts");

        await ReconcileAsync();
        await ReconcileAsync();

        (await RepairsAsync(id)).ShouldBe([RepairKind.JobLost]);
        (await StateAsync(id, "order-confirmation")).ShouldBe("pending");
        (await LiveJobsAsync(id)).ShouldBe(3);
        (await QueueRowsAsync(id)).ShouldBe(2);
    }

    [Fact]
    public async Task A_delivered_job_whose_success_could_not_be_written_does_not_stay_failed()
    {
        var id = await PlaceAsync();
        await ExecuteAsync("""
            update orders.deliveries set state = 'delivered', partner_reference = 'mail-1'
            where order_id = $1 and effect = 'order-confirmation'
            """, id);
        await FailJobAsync(id, "Failed to change state to a 'Succeeded' one due to an exception after 10 retry attempts");

        await ReconcileAsync();

        (await LiveJobsAsync(id)).ShouldBe(3);
        (await StateAsync(id, "order-confirmation")).ShouldBe("delivered");
    }

    [Fact]
    public async Task A_processing_job_without_a_queue_row_is_put_back_into_its_queue()
    {
        var id = await PlaceAsync();
        await ExecuteAsync("""
            with job as (select job_id from orders.deliveries where order_id = $1 and effect = 'order-confirmation'),
            gone as (delete from hangfire.jobqueue where jobid in (select job_id from job))
            update hangfire.job set statename = 'Processing' where id in (select job_id from job)
            """, id);

        await ReconcileAsync();

        (await RepairsAsync(id)).ShouldBe([RepairKind.JobLost]);
        (await QueueRowsAsync(id)).ShouldBe(2);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(0, 0)]
    public async Task An_enqueued_job_of_no_order_that_stands_in_no_queue_for_a_minute_is_put_back_once(int minutes, int repairs)
    {
        var (alert, job) = await WriteAlertAsync(runAt: null);
        await ExecuteAsync("delete from hangfire.jobqueue where jobid = $1", job);
        await AgeStateAsync(job, minutes);

        await ReconcileAsync();
        await ReconcileAsync();

        (await RepairsAsync(alert)).ShouldBe(Enumerable.Repeat(RepairKind.JobLost, repairs));
        (await QueueRowsAsync(alert)).ShouldBe(repairs);
    }

    [Fact]
    public async Task A_scheduled_job_that_is_missing_in_the_schedule_is_put_back_for_its_time()
    {
        var (alert, job) = await WriteAlertAsync(TimeProvider.System.GetUtcNow().AddHours(1));
        await ExecuteAsync("delete from hangfire.set where value = 'critical:' || $1", job);
        await AgeStateAsync(job, minutes: 2);

        await ReconcileAsync();
        await ReconcileAsync();

        (await RepairsAsync(alert)).ShouldBe([RepairKind.JobLost]);
        (await QueueRowsAsync(alert)).ShouldBe(0);
        (await ScalarAsync("""
            select to_timestamp(score) between now() + interval '55 minutes' and now() + interval '1 hour' from hangfire.set
            where key = 'schedule' and value = 'critical:' || $1
            """, job)).ShouldBe(true);
    }

    [Fact]
    public async Task A_lost_job_behind_very_many_that_wait_is_put_back_by_a_later_round()
    {
        for (var n = 0; n < LostJobs.PageSize; n++) await WriteAlertAsync(runAt: null);
        var (alert, job) = await WriteAlertAsync(runAt: null);
        await ExecuteAsync("delete from hangfire.jobqueue where jobid = $1", job);
        await AgeStateAsync(job, minutes: 2);

        for (var round = 0; round < 4; round++) await ReconcileAsync();

        (await RepairsAsync(alert)).ShouldBe([RepairKind.JobLost]);
    }

    [Fact]
    public async Task A_delivery_whose_enqueued_job_is_missing_in_the_queue_gets_a_new_job()
    {
        var id = await PlaceAsync();
        await ExecuteAsync(
            "delete from hangfire.jobqueue where jobid in (select job_id from orders.deliveries where order_id = $1 and effect = "
                + "'order-confirmation')", id);

        await ReconcileAsync();

        (await RepairsAsync(id)).ShouldBe([RepairKind.DeliveryWithoutJob]);
        (await QueueRowsAsync(id)).ShouldBe(2);
    }

    [Fact]
    public async Task A_delivery_whose_scheduled_job_is_missing_in_the_schedule_gets_a_new_job()
    {
        var id = await PlaceAsync();
        await ExecuteAsync("""
            with job as (select job_id from orders.deliveries where order_id = $1 and effect = 'order-confirmation'),
            gone as (delete from hangfire.jobqueue where jobid in (select job_id from job))
            update hangfire.job set statename = 'Scheduled' where id in (select job_id from job)
            """, id);

        await ReconcileAsync();

        (await RepairsAsync(id)).ShouldBe([RepairKind.DeliveryWithoutJob]);
        (await QueueRowsAsync(id)).ShouldBe(2);
    }

    [Fact]
    public async Task A_delivery_whose_job_is_in_the_schedule_is_left_alone()
    {
        var id = await PlaceAsync();
        await ExecuteAsync("""
            with job as (select job_id from orders.deliveries where order_id = $1 and effect = 'order-confirmation'),
            gone as (delete from hangfire.jobqueue where jobid in (select job_id from job)),
            member as (insert into hangfire.set (key, value, score) select 'schedule', 'email:' || job_id, 1 from job)
            update hangfire.job set statename = 'Scheduled' where id in (select job_id from job)
            """, id);

        await ReconcileAsync();

        (await RepairsAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_open_order_whose_job_is_missing_in_the_schedule_is_finished()
    {
        var lease = await OpenAsync();
        await orders.LeaveOpenAsync(lease);
        await ExecuteAsync("""
            with job as (update orders.orders set created_at = now() - interval '1 minute' where id = $1 returning finish_job_id),
            gone as (delete from hangfire.jobqueue where jobid in (select finish_job_id from job))
            update hangfire.job set statename = 'Scheduled' where id in (select finish_job_id from job)
            """, lease.OrderId);

        await ReconcileAsync();

        (await RepairsAsync(lease.OrderId)).ShouldBe([RepairKind.OrderLeftOpen]);
        (await QueueRowsAsync(lease.OrderId)).ShouldBe(1);
    }

    [Fact]
    public async Task An_open_order_whose_job_failed_in_a_database_outage_is_finished()
    {
        var lease = await OpenAsync();
        await orders.LeaveOpenAsync(lease);
        await ExecuteAsync("update orders.orders set created_at = now() - interval '1 minute' where id = $1", lease.OrderId);
        await FailJobAsync(lease.OrderId, "Failed to change state to a 'Scheduled' one due to an exception after 10 retry attempts",
            "finish");

        await ReconcileAsync();

        (await LiveJobsAsync(lease.OrderId)).ShouldBe(1);
        (await RepairsAsync(lease.OrderId)).ShouldBe([RepairKind.JobLost]);
    }

    [Fact]
    public async Task A_delivery_whose_job_failed_for_good_becomes_dead()
    {
        var id = await PlaceAsync();
        await FailJobAsync(id, "Stopped: it never came to an end.");

        await ReconcileAsync();

        (await RepairsAsync(id)).ShouldBe([RepairKind.DeliveryJobDead]);
        (await StateAsync(id, "order-confirmation")).ShouldBe("dead");
    }

    [Fact]
    public async Task A_consistent_order_is_left_alone()
    {
        var id = await PlaceAsync();

        await ReconcileAsync();

        (await LiveJobsAsync(id)).ShouldBe(3);
        (await RepairsAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_locked_delivery_delays_only_its_own_repair()
    {
        var (locked, other) = (await PlaceAsync(), await PlaceAsync());
        foreach (var id in new[] { locked, other })
            await ExecuteAsync("update orders.deliveries set job_id = null where order_id = $1 and effect = 'order-confirmation'", id);

        await using (await LockAsync("select from orders.deliveries where order_id = $1 for update", locked)) await ReconcileAsync();
        (await RepairsAsync(locked)).ShouldBeEmpty();
        (await RepairsAsync(other)).ShouldBe([RepairKind.DeliveryWithoutJob]);
        (await LiveJobsAsync(locked)).ShouldBe(3, "what could not be repaired has no new job either");

        await ReconcileAsync();
        (await RepairsAsync(locked)).ShouldBe([RepairKind.DeliveryWithoutJob]);
    }

    [Fact]
    public async Task A_locked_unproven_delivery_delays_only_its_own_repair()
    {
        var (locked, other) = (await PlaceAsync(), await PlaceAsync());
        foreach (var id in new[] { locked, other })
            await ExecuteAsync("""
                update orders.deliveries set state = 'delivered', delivered_at = now(), payload = null
                where order_id = $1 and effect = 'order-confirmation'
                """, id);

        await using (await LockAsync("select from orders.deliveries where order_id = $1 for update", locked)) await ReconcileAsync();
        (await StateAsync(locked, "order-confirmation")).ShouldBe("delivered");
        (await StateAsync(other, "order-confirmation")).ShouldBe("dead");

        await ReconcileAsync();
        (await StateAsync(locked, "order-confirmation")).ShouldBe("dead");
    }

    [Fact]
    public async Task A_locked_order_delays_only_its_own_repair()
    {
        var (locked, other) = (await OpenAsync(), await OpenAsync());
        foreach (var lease in new[] { locked, other }) await AbandonAsync(lease.OrderId);

        await using (await LockAsync("select from orders.orders where id = $1 for update", locked.OrderId)) await ReconcileAsync();
        (await RepairsAsync(locked.OrderId)).ShouldBeEmpty();
        (await RepairsAsync(other.OrderId)).ShouldBe([RepairKind.OrderLeftOpen]);

        await ReconcileAsync();
        (await RepairsAsync(locked.OrderId)).ShouldBe([RepairKind.OrderLeftOpen]);
    }

    [Fact]
    public async Task A_locked_job_delays_only_its_own_repair()
    {
        var (locked, other) = (await PlaceAsync(), await PlaceAsync());
        foreach (var id in new[] { locked, other })
            await FailJobAsync(id, "Failed to change state to a 'Succeeded' one due to an exception after 10 retry attempts");

        await using (await LockAsync("""
            select from hangfire.job where id = (
                select job_id from orders.deliveries where order_id = $1 and effect = 'order-confirmation') for update
            """, locked)) await ReconcileAsync();
        (await RepairsAsync(locked)).ShouldBeEmpty();
        (await RepairsAsync(other)).ShouldBe([RepairKind.JobLost]);

        await ReconcileAsync();
        (await RepairsAsync(locked)).ShouldBe([RepairKind.JobLost]);
    }

    [Fact]
    public async Task A_repair_that_fails_keeps_nobody_from_the_others_and_from_the_alerts_and_fails_the_round()
    {
        var (open, id) = (await OpenAsync(), await PlaceAsync());
        await ExecuteAsync("update orders.deliveries set job_id = null where order_id = $1 and effect = 'order-confirmation'", id);
        await AbandonAsync(open.OrderId);
        await ExecuteAsync("""
            insert into orders.switches (target, position, at, who, reason)
            values ('partner/Email', 'paused', now() - interval '2 hours', 'grace@example.com', 'forgotten')
            """);
        await ExecuteAsync("""
            insert into hangfire.storefront_incident (partner, cause, began_at)
            values ('Email', 'It answered 500.', now() - interval '1 hour')
            """);
        await ExecuteAsync("alter table orders.repairs add constraint broken check (kind <> 'order-left-open') not valid");
        try
        {
            await Should.ThrowAsync<PostgresException>(ReconcileAsync());
        }
        finally
        {
            await ExecuteAsync("alter table orders.repairs drop constraint broken");
        }

        (await RepairsAsync(id)).ShouldBe([RepairKind.DeliveryWithoutJob]);
        (await ScalarAsync("select begin_told from hangfire.storefront_incident where partner = 'Email'")).ShouldBe(true);
        (await ScalarAsync("select reminded_at is not null from orders.switches where target = 'partner/Email'")).ShouldBe(true);

        await ReconcileAsync();
        (await RepairsAsync(open.OrderId)).ShouldBe([RepairKind.OrderLeftOpen]);
        await ExecuteAsync("delete from hangfire.storefront_incident");
        await ExecuteAsync("delete from orders.switches");
    }

    [Fact]
    public async Task Stock_held_for_a_failed_order_is_released()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        var lease = await OpenAsync();
        (await shop.Get<Jobs.Inventory.Inventory>().ReserveInlineAsync(lease.OrderId, [Line])).ShouldBeOfType<ReserveAnswer.Held>();
        await orders.FailAsync(lease, OrderFailure.Refused, release: false, apologise: false);

        await CompareAsync();

        (await shop.Partners.ReservationOfAsync(lease.OrderId))!.Value.GetProperty("status").GetString().ShouldBe("released");
        (await RepairsAsync(lease.OrderId)).ShouldBe([RepairKind.ReservationWithoutOrder]);
    }

    private static readonly OrderLine Line = new(Goods.Lamp, "Desk Lamp", 1, 139m);

    private Task ReconcileAsync() => ActivatorUtilities.CreateInstance<ReconcileOrders>(shop.Services).RunAsync(CancellationToken.None);

    private async Task<(Guid Alert, long Job)> WriteAlertAsync(DateTimeOffset? runAt)
    {
        var alert = Guid.NewGuid();
        var call = Job.FromExpression<SendAlert>(
            job => job.RunAsync(alert, "partner-down", "Email is down.", DateTimeOffset.UnixEpoch, CancellationToken.None));
        IReadOnlyList<long> jobs = [];
        await shop.Get<TransactionalJobs>().CommitAsync(
            async batch => jobs = await shop.Get<TransactionalJobs>().EnqueueInAsync(
                batch, [new(call, Queues.Critical) { RunAt = runAt }], CancellationToken.None), CancellationToken.None);
        return (alert, jobs.Single());
    }

    private Task AgeStateAsync(long job, int minutes) =>
        ExecuteAsync("update hangfire.state set createdat = createdat - $2 * interval '1 minute' where jobid = $1", job, minutes);

    // As a session does that is idle in its transaction.
    private async Task<NpgsqlConnection> LockAsync(string locking, Guid id)
    {
        var holder = await shop.Database.OpenConnectionAsync();
        await new NpgsqlCommand("begin", holder).ExecuteNonQueryAsync();
        await new NpgsqlCommand(locking, holder) { Parameters = { new() { Value = id } } }.ExecuteNonQueryAsync();
        return holder;
    }

    private Task CompareAsync() => ActivatorUtilities.CreateInstance<CompareInventory>(shop.Services).RunAsync(CancellationToken.None);

    private async Task<Lease> OpenAsync() => ((Opened.Ours)await orders.OpenAsync(
        new(Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR", [Line]),
        CancellationToken.None)).Lease;

    private async Task<Guid> PlaceAsync()
    {
        var lease = await OpenAsync();
        await orders.PlaceAsync(lease);
        await ExecuteAsync("update orders.deliveries set due_at = due_at - interval '1 minute' where order_id = $1", lease.OrderId);
        return lease.OrderId;
    }

    private Task AbandonAsync(Guid id) => ExecuteAsync(
        "update orders.orders set created_at = now() - interval '1 minute', lease_until = now() - interval '30 seconds' where id = $1", id);

    // Hangfire leaves a failed job without a queue row.
    private Task FailJobAsync(Guid id, string reason, string effect = "order-confirmation") => ExecuteAsync("""
        with job as (
            select job_id from orders.deliveries where order_id = $1 and effect = $3
            union all select finish_job_id from orders.orders where id = $1 and $3 = 'finish'),
        gone as (delete from hangfire.jobqueue where jobid in (select job_id from job)),
        state as (insert into hangfire.state (jobid, name, reason, createdat, data) select job_id, 'Failed', $2, now(), '{}' from job
            returning id, jobid)
        update hangfire.job set stateid = state.id, statename = 'Failed' from state where job.id = state.jobid
        """, id, reason, effect);

    private async Task<long> QueueRowsAsync(Guid id) => (long)(await ScalarAsync("""
        select count(*) from hangfire.jobqueue q join hangfire.job j on j.id = q.jobid where j.arguments::text like '%' || $1::text || '%'
        """, id))!;

    private async Task<long> LiveJobsAsync(Guid id) => (long)(await ScalarAsync("""
        select count(*) from hangfire.job where arguments::text like '%' || $1::text || '%' and statename in ('Enqueued', 'Scheduled')
        """, id))!;

    private async Task<string?> StateAsync(Guid id, string effect) =>
        (string?)await ScalarAsync("select state from orders.deliveries where order_id = $1 and effect = $2", id, effect);

    private async Task<string[]> RepairsAsync(Guid id) =>
        (string[])(await ScalarAsync("select coalesce(array_agg(kind order by id), '{}') from orders.repairs where subject = $1::text",
            id))!;

    private async Task ExecuteAsync(string sql, params object[] values) => await ScalarAsync(sql, values);

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = shop.Database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }
}
