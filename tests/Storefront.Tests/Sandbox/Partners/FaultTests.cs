using Storefront.Tests.Support;
using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

public sealed class FaultTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public async ValueTask InitializeAsync()
    {
        await bench.InitializeAsync();
        await bench.SetStockAsync("MUG", 10);
    }

    [Fact]
    public async Task A_status_fault_replaces_the_effect_at_that_partner_only()
    {
        await bench.BreakAsync("email", new { status = 429, retryAfterSeconds = 7 });

        var refused = await bench.MailAsync(AMail(), "k");

        (refused.Status, refused.Code).ShouldBe((429, "rate_limit_exceeded"));
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(7));
        (await bench.AcceptedAsync("emails")).ShouldBeEmpty();
        (await bench.ReserveAsync("order-1", ("MUG", 1))).Status.ShouldBe(201);
        (await bench.TrackAsync("/v1/track", AnEvent("m"))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_limit_refuses_what_is_beyond_it_in_a_second_and_every_answer_says_what_is_left()
    {
        await bench.BreakAsync("email", new { requestsPerSecond = 2 });
        var first = await bench.MailAsync(AMail(), "first");
        (first.Status, Header(first, "ratelimit-limit"), Header(first, "ratelimit-remaining")).ShouldBe((200, "2", "1"));

        // How many fit in one second is the machine's affair.
        var refused = await Eventually.Async(() => bench.MailAsync(AMail()), answer => answer.Status != 200, "the limit is reached");

        (refused.Status, refused.Code, Header(refused, "ratelimit-remaining")).ShouldBe((429, "rate_limit_exceeded", "0"));

        static string Header(Reply reply, string name) => reply.Headers.GetValues(name).Single();
    }

    [Theory]
    [InlineData("inventory", 503, "unavailable"), InlineData("inventory", 429, "rate_limited"), InlineData("email", 500,
        "internal_server_error")]
    public async Task Each_partner_fails_in_the_words_of_its_contract(string partner, int status, string code)
    {
        await bench.BreakAsync(partner, new { status });
        var reply = partner == "email" ? await bench.MailAsync(AMail()) : await bench.ReserveAsync("order-1", ("MUG", 1));
        (reply.Status, reply.Code).ShouldBe((status, code));
    }

    [Fact]
    public async Task A_dropped_answer_leaves_the_effect()
    {
        foreach (var partner in SandboxClient.PartnerNames) await bench.BreakAsync(partner, new { dropAfterAccept = 1 });

        await Should.ThrowAsync<HttpRequestException>(bench.ReserveAsync("order-1", ("MUG", 1)));
        await Should.ThrowAsync<HttpRequestException>(bench.MailAsync(AMail(), "k"));
        await Should.ThrowAsync<HttpRequestException>(bench.TrackAsync("/v1/track", AnEvent("m")));
        await Should.ThrowAsync<HttpRequestException>(
            bench.InventoryAsync(HttpMethod.Put, "/v1/members/ada/entries/order-1", new { points = 1 }));
        (await bench.ReserveAsync("order-2", ("MUG", 11))).Code.ShouldBe("insufficient_stock", "only an accepted write's answer is lost");
        (await bench.StockAsync("MUG")).GetProperty("reserved").GetInt32().ShouldBe(1, "reading is not writing");

        (await bench.ControlAsync(HttpMethod.Delete, "faults")).Status.ShouldBe(204);
        (await bench.ReserveAsync("order-1", ("MUG", 1))).Status.ShouldBe(200);
        (await bench.MailAsync(AMail(), "k")).Status.ShouldBe(200);
        (await bench.AcceptedAsync("emails")).Single().GetProperty("deliveries").GetInt32().ShouldBe(2);
        (await bench.AcceptedAsync("events")).Length.ShouldBe(1);
        (await bench.AcceptedAsync("points")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_hanging_partner_does_nothing_and_answers_nothing_until_its_fault_ends()
    {
        await bench.BreakAsync("inventory", new { hang = true });
        var hanging = bench.ReserveAsync("order-1", ("MUG", 1));
        await Support.Eventually.Async(() => bench.ControlAsync(HttpMethod.Get, "counters"),
            reply => reply.Json.GetProperty("inventory").GetProperty("received").GetInt32() == 1, "the request has arrived");

        await bench.BreakAsync("email", new { status = 500 });
        hanging.IsCompleted.ShouldBeFalse();
        (await bench.ControlAsync(HttpMethod.Get, "stock")).Status.ShouldBe(200, "no fault reaches the control API");

        await bench.ControlAsync(HttpMethod.Delete, "faults");
        await Should.ThrowAsync<HttpRequestException>(hanging);
        (await bench.AcceptedAsync("reservations")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_slow_partner_finishes_a_request_after_its_client_has_disconnected()
    {
        await bench.BreakAsync("inventory", new { latencyMs = 600_000 });
        using var impatient = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/reservations/order-1")
        {
            Content = Raw("""{"lines":[{"sku":"MUG","quantity":1}]}"""), Headers = { { "Authorization", "Bearer key" } },
        };
        var waiting = bench.Http.SendAsync(request, impatient.Token);
        await Support.Eventually.Async(() => bench.ControlAsync(HttpMethod.Get, "counters"),
            reply => reply.Json.GetProperty("inventory").GetProperty("received").GetInt32() == 1, "the request has arrived");

        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await bench.ControlAsync(HttpMethod.Delete, "faults");

        await Support.Eventually.Async(() => bench.AcceptedAsync("reservations"), all => all.Length == 1, "the slow partner has done it");
    }

    [Theory]
    [InlineData("""{"status":200,"body":"<html>Down</html>","contentType":"text/html"}""", 200, "text/html", "<html>Down</html>")]
    [InlineData("""{"body":"null"}""", 200, "application/json", "null")]
    [InlineData("""{"status":202,"body":""}""", 202, null, "")]
    [InlineData("""{"status":204,"body":""}""", 204, null, "")]
    [InlineData("""{"status":503,"body":"Gr\u00fc\u00dfe","contentType":"text/plain; charset=iso-8859-1"}""", 503, "text/plain", "Grüße")]
    public async Task A_body_fault_is_sent_as_it_is_and_nothing_is_accepted(string fault, int status, string? mediaType, string body)
    {
        await bench.SetStockAsync("MUG", 5);
        foreach (var partner in SandboxClient.PartnerNames) await bench.BreakAsync(partner, Raw(fault));

        Reply[] replies =
        [
            await bench.MailAsync(AMail(), "k"),
            await bench.TrackAsync("/v1/batch", new { batch = new[] { AnEvent("m") } }),
            await bench.ReserveAsync("order-1", ("MUG", 1)),
        ];

        replies.ShouldAllBe(reply => reply.Status == status && reply.MediaType == mediaType && reply.Body == body);
        foreach (var list in new[] { "emails", "events", "reservations" }) (await bench.AcceptedAsync(list)).ShouldBeEmpty();
        await bench.ControlAsync(HttpMethod.Delete, "faults");
        (await bench.MailAsync(AMail(), "k")).Status.ShouldBe(200, "what was not accepted can be sent again");
    }

    [Fact]
    public async Task A_rate_is_the_share_of_requests_that_fail()
    {
        await bench.BreakAsync("analytics", new { status = 500, rate = 0.5 });
        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => bench.TrackAsync("/v1/track", AnEvent($"m-{n}"))));
        replies.Count(reply => reply.Status == 500).ShouldBeInRange(50, 150);
        (await bench.AcceptedAsync("events")).Length.ShouldBe(replies.Count(reply => reply.Status == 200));
    }

    [Theory]
    [InlineData("""{"status":200}"""), InlineData("""{"rate":1.5}""")]
    [InlineData("""{"latencyMs":-1}"""), InlineData("""{"dropAfterAccept":-0.1}""")]
    [InlineData("""{"slow":true}"""), InlineData("""{"hang":"yes"}"""), InlineData("null"), InlineData("{")]
    [InlineData("""{"body":"x","status":199}"""), InlineData("""{"body":"x","status":204}"""), InlineData("""{"body":"x","status":600}""")]
    [InlineData("""{"body":7}"""), InlineData("""{"body":"\ud800"}""")]
    [InlineData("""{"contentType":"text/html"}"""), InlineData("""{"body":"x","contentType":"html"}""")]
    [InlineData("""{"body":"x","contentType":"text/html\r\nx: y"}"""), InlineData("""{"body":"x","contentType":"text/\u00e4"}""")]
    [InlineData("""{"latencyMs":1e99}""")]
    public async Task An_invalid_fault_is_refused_and_changes_nothing(string fault)
    {
        (await bench.ControlAsync(HttpMethod.Put, "faults/email", Raw(fault))).Status.ShouldBe(400);
        (await bench.MailAsync(AMail())).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Every_member_of_a_fault_may_be_null_and_a_restart_ends_the_fault()
    {
        var all = """{"latencyMs":null,"status":503,"retryAfterSeconds":null,"rate":null,"dropAfterAccept":null,"hang":null}""";
        await bench.BreakAsync("email", Raw(all));
        (await bench.MailAsync(AMail())).Status.ShouldBe(503);
        (await bench.ControlAsync(HttpMethod.Get, "faults")).Json.GetProperty("email").GetProperty("rate").GetDouble().ShouldBe(1);

        await bench.RestartAsync();
        (await bench.MailAsync(AMail())).Status.ShouldBe(200);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();
}
