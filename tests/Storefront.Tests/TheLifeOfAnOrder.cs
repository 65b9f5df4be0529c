using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests;

/// <summary>The README's table, as one test from the order to the partners' answers.</summary>
public sealed class TheLifeOfAnOrder(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task An_order_is_placed_delivered_and_recorded_at_every_partner()
    {
        // 1  The client makes a key before it asks, so asking again is the same order.
        var key = Guid.NewGuid().ToString();
        await shop.Partners.SetStockAsync(Goods.Mug, 5);

        // 2–4  The order is stored, Inventory is asked, and the order is placed in one transaction with its jobs.
        var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 2)), key);
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        var order = await response.JsonAsync();
        order.Status().ShouldBe("placed");
        response.Headers.Location!.ToString().ShouldEndWith(order.Key().ToString());
        (await shop.Partners.ReservationOfAsync(order.Id()))!.Value.GetProperty("status").GetString().ShouldBe("held");

        // 5–7  The jobs send the mail and the event, and the ledger records it.
        await shop.Http.UntilAsync(
            order.Id(), seen => seen.Delivery("order-confirmation") == "delivered" && seen.Delivery("order-placed-event") == "delivered",
            "mail and event are delivered");
        var mail = (await shop.Partners.EmailsOfAsync(order.Id())).ShouldHaveSingleItem().GetProperty("body");
        mail.GetProperty("to")[0].GetString().ShouldBe("ada@example.com");
        mail.GetProperty("text").GetString()!.ShouldContain(Goods.Mug);
        mail.GetProperty("html").GetString()!.ShouldContain(
            order.GetProperty("total").GetDecimal().ToString("N2", System.Globalization.CultureInfo.InvariantCulture));
        (await shop.Partners.EventsOfAsync(order.Id())).ShouldHaveSingleItem();

        // Asking again with the same key changes nothing.
        var again = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 2)), key);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        (await again.JsonAsync()).Id().ShouldBe(order.Id());

        // What is due later is scheduled. Cancelling the order withdraws it and releases the stock.
        order.Delivery("review-request").ShouldBe("pending");
        var cancelled = await (await shop.Http.PostAsync($"/api/v1/orders/{order.Key()}/cancel", null)).JsonAsync();
        cancelled.Status().ShouldBe("cancelled");
        cancelled.Delivery("review-request").ShouldBe("cancelled");
        await shop.Http.UntilAsync(
            order.Id(), seen => seen.Delivery("stock-release") == "delivered" && seen.Delivery("order-cancellation") == "delivered",
            "the stock is given back");
        (await shop.Partners.ReservationOfAsync(order.Id()))!.Value.GetProperty("status").GetString().ShouldBe("released");
        (await shop.Partners.EmailsOfAsync(order.Id())).Length.ShouldBe(2);
    }
}
