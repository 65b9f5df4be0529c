using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Support;

namespace Storefront.Tests.Orders;

/// <summary>Each attempt is run by the test, with faults of the partner in between and with changed times in the ledger.</summary>
public sealed class DeliveryExecutorTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>, IAsyncDisposable
{
    private readonly OrderStore orders = shop.Get<OrderStore>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await shop.Partners.HealAsync();
        await shop.Get<PartnerGates>().OpenAsync("Email", CancellationToken.None);
    }

    [Fact]
    public async Task A_template_changed_between_two_attempts_does_not_change_the_mail()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { dropAfterAccept = 1.0 });
        await Should.ThrowAsync<RetryLater>(() => SendAsync<OrderConfirmation>());
        await shop.Partners.HealAsync();

        await SendAsync<OrderApology>(); // This stands for a template that has changed completely.

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Delivered);
        var mail = (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
        mail.GetProperty("body").GetProperty("tags").ToString().ShouldContain("confirmation");

        Task SendAsync<TLetter>() where TLetter : LetterComponent =>
            shop.Get<OrderMailer>().SendAsync<TLetter>(id, EffectNames.OrderConfirmation, CancellationToken.None);
    }

    [Fact]
    public async Task A_delivery_that_has_begun_and_has_no_stored_mail_gets_one_and_is_sent()
    {
        var id = await PlaceAsync();
        // An older job read the order, then the mail was asked for anew, and then the job began: it had no mail to store.
        await MoveAsync(id, "first_attempt_at = now(), attempts = 1, payload = null, in_doubt_since = null");

        await ConfirmAsync(id);

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Delivered);
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_partners_error_message_is_stored_whatever_characters_it_has()
    {
        var id = await PlaceAsync();
        var ledger = shop.Get<Ledger>();
        var attempt = await ledger.BeginAsync(id, EffectNames.OrderConfirmation, """{"subject":"\u0000 \ud800 \\u0000"}""");

        await ledger.PostponedAsync(attempt!, "\0" + new string('x', 497) + "😀😀😀", TimeSpan.Zero, counts: true, inDoubt: false);

        attempt!.Payload.ShouldBe("""{"subject": "\uFFFD \uFFFD \\u0000"}""".Replace("\\uFFFD", "\uFFFD", StringComparison.Ordinal));
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).LastError.ShouldBe("\uFFFD" + new string('x', 497) + "😀…");
    }

    [Fact]
    public async Task A_mail_in_doubt_whose_key_is_forgotten_is_left_to_a_person_and_not_sent()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { dropAfterAccept = 1.0 });
        await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));
        await shop.Partners.HealAsync();
        await MoveAsync(id, "in_doubt_since = in_doubt_since - interval '24 hours'");

        await Should.ThrowAsync<DeadLetter>(() => ConfirmAsync(id));

        var delivery = await DeliveryAsync(id, EffectNames.OrderConfirmation);
        delivery.State.ShouldBe(DeliveryState.Dead);
        delivery.LastError!.ShouldContain("the partner has forgotten its key by now: sending again could send twice");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_mail_that_was_certainly_not_accepted_is_sent_even_after_a_long_time()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status = 429, retryAfterSeconds = 1 });
        await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));
        await shop.Partners.HealAsync();
        await MoveAsync(id, "first_attempt_at = first_attempt_at - interval '3 days'");

        await ConfirmAsync(id);

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Delivered);
    }

    [Fact]
    public async Task A_deferral_by_a_partner_uses_up_an_attempt_only_after_24_hours()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status = 429, retryAfterSeconds = 86_400 });

        var later = await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));
        later.Deferred.ShouldBeTrue();
        later.After.ShouldBeLessThan(TimeSpan.FromMinutes(17), "a Retry-After may be wrong");
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).Attempts.ShouldBe(0);

        await MoveAsync(id, "first_attempt_at = first_attempt_at - interval '25 hours'");
        await shop.Get<PartnerGates>().OpenAsync("Email", Cancel);
        (await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id))).Deferred.ShouldBeFalse();
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).Attempts.ShouldBe(1);
    }

    [Fact]
    public async Task A_delivery_that_probes_a_partner_that_is_down_uses_up_no_attempt_however_long_it_is_down()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status = 429 });
        await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));
        shop.Get<PartnerGates>().IsOpen("Email").ShouldBeFalse();
        await MoveAsync(id, "first_attempt_at = first_attempt_at - interval '30 days'");

        var later = await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));
        (later.Deferred, later.Queue).ShouldBe((true, "email-urgent"));
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).Attempts.ShouldBe(0);
    }

    [Theory]
    [InlineData(429, null)]
    [InlineData(429, 1)]
    public async Task When_a_partner_asks_to_wait_again_and_again_the_pauses_grow_longer(int status, int? retryAfterSeconds)
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status, retryAfterSeconds });
        var first = await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));
        await MoveAsync(id, "first_attempt_at = first_attempt_at - interval '10 minutes'");

        var later = await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));

        (first.Deferred, later.Deferred).ShouldBe((true, true));
        first.After.TotalSeconds.ShouldBeInRange(1, 1.2);
        later.After.TotalMinutes.ShouldBeInRange(2.5, 12);
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).Attempts.ShouldBe(0);
    }

    [Fact]
    public async Task An_accepted_delivery_becomes_delivered_after_another_attempt_gave_it_up()
    {
        var id = await PlaceAsync();
        var ledger = shop.Get<Ledger>();
        var accepted = (await ledger.BeginAsync(id, EffectNames.OrderConfirmation, "{}"))!;
        var refused = (await ledger.BeginAsync(id, EffectNames.OrderConfirmation, "{}"))!;

        await ledger.DeadAsync(refused, "No.", inDoubt: false);
        await ledger.DeliveredAsync(accepted, "mail-1");

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Delivered);
    }

    [Fact]
    public async Task Of_attempts_that_begin_at_the_same_time_only_one_sets_the_time_of_doubt()
    {
        var id = await PlaceAsync();
        var ledger = shop.Get<Ledger>();

        var attempts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ledger.BeginAsync(id, EffectNames.OrderConfirmation, "{}")));

        attempts.Select(attempt => attempt!.Number).Order().ShouldBe(Enumerable.Range(1, 20));
        attempts.Count(attempt => attempt!.RaisedDoubt).ShouldBe(1);
    }

    [Fact]
    public async Task However_many_mails_fail_no_circuit_turns_away_the_mail_that_is_the_probe()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status = 500 });

        for (var n = 0; n < 30; n++) await Should.ThrowAsync<RetryLater>(() => ConfirmAsync(id));

        shop.Get<Circuits>().All.Single(circuit => circuit.Partner == "Email").Position.ShouldBe("closed");
        await shop.Partners.HealAsync();
        await ConfirmAsync(id);
        await shop.Get<PartnerGates>().OpenAsync("Email", CancellationToken.None);
    }

    [Fact]
    public async Task A_cancellation_whose_confirmation_has_not_gone_out_sends_it_first()
    {
        var id = await PlaceAsync();
        await orders.CancelAsync(id, OrderStore.ShoppersMayCancelWithin);

        await TellOfCancellationAsync(id);
        await ConfirmAsync(id);

        (await shop.Partners.EmailsOfAsync(id)).OrderBy(mail => mail.GetProperty("acceptedAt").GetDateTimeOffset())
            .Select(mail => mail.GetProperty("key").GetString()!.Split('/')[0])
            .ShouldBe([EffectNames.OrderConfirmation, EffectNames.OrderCancellation]);
    }

    [Fact]
    public async Task The_job_of_a_cancellation_sends_nothing_where_the_order_is_not_cancelled()
    {
        var id = await PlaceAsync();
        await TellOfCancellationAsync(id);
        (await shop.Partners.EmailsOfAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancellation_is_put_off_while_its_confirmation_fails_and_goes_out_alone_where_that_is_refused()
    {
        var id = await PlaceAsync();
        await orders.CancelAsync(id, OrderStore.ShoppersMayCancelWithin);
        await shop.Partners.BreakAsync("email", new { status = 500 });
        (await Should.ThrowAsync<RetryLater>(() => TellOfCancellationAsync(id))).Deferred.ShouldBeTrue();
        var cancelled = (await orders.FindAsync(id))!;
        cancelled.Deliveries.Single(delivery => delivery.Effect == EffectNames.OrderCancellation).FirstAttemptAt.ShouldBeNull();

        await shop.Partners.BreakAsync("email", new { status = 422 });
        await Should.ThrowAsync<DeadLetter>(() => TellOfCancellationAsync(id));
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Dead);
        (await DeliveryAsync(id, EffectNames.OrderCancellation)).State.ShouldBe(DeliveryState.Dead);
    }

    [Fact]
    public async Task A_confirmation_retried_after_the_cancellation_mail_is_not_sent()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("email", new { status = 422 });
        await Should.ThrowAsync<DeadLetter>(() => ConfirmAsync(id));
        await shop.Partners.HealAsync();
        await orders.CancelAsync(id, OrderStore.ShoppersMayCancelWithin);
        await TellOfCancellationAsync(id);

        await Should.ThrowAsync<DeadLetter>(() => ConfirmAsync(id));

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).LastError!.ShouldStartWith(
            "The shopper has been told that the order is cancelled");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_cancelled_order_sends_no_review_request_that_was_already_due()
    {
        var id = await PlaceAsync();
        await ExecuteAsync("update orders.orders set placed_at = placed_at - interval '15 days' where id = $1", id);
        foreach (var effect in new[] { EffectNames.OrderConfirmation, EffectNames.ReviewRequest })
            await MoveAsync(id, "due_at = due_at - interval '15 days'", effect);

        await orders.CancelAsync(id, TimeSpan.FromDays(100));

        (await DeliveryAsync(id, EffectNames.ReviewRequest)).State.ShouldBe(DeliveryState.Cancelled);
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Pending, "the cancellation comes after it");
    }

    private Task ConfirmAsync(Guid id) =>
        ActivatorUtilities.CreateInstance<SendOrderConfirmation>(shop.Services).RunAsync(id, CancellationToken.None);

    private Task TellOfCancellationAsync(Guid id) =>
        ActivatorUtilities.CreateInstance<SendOrderCancellation>(shop.Services).RunAsync(id, CancellationToken.None);

    private async Task<Guid> PlaceAsync()
    {
        var opened = (Opened.Ours)await orders.OpenAsync(
            new(Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new(Goods.Lamp, "Desk Lamp", 1, 139m)]), CancellationToken.None);
        await orders.PlaceAsync(opened.Lease);
        return opened.Lease.OrderId;
    }

    private async Task<OrderStory.Entry> DeliveryAsync(Guid id, string effect) =>
        (await shop.Get<OrderStory>().LedgerAsync(id, CancellationToken.None)).Single(delivery => delivery.Effect == effect);

    private Task MoveAsync(Guid id, string change, string effect = EffectNames.OrderConfirmation) =>
        ExecuteAsync($"update orders.deliveries set {change} where order_id = $1 and effect = '{effect}'", id);

    private async Task ExecuteAsync(string sql, Guid id)
    {
        await using var command = shop.Database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }
}
