using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

public sealed class EmailContractTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Fact]
    public async Task A_key_sends_one_mail_and_its_repeats_get_the_same_answer()
    {
        var first = await bench.MailAsync(AMail(), "order-confirmation/1");
        var again = await bench.MailAsync(AMail(), "order-confirmation/1");

        (first.Status, again.Status).ShouldBe((200, 200));
        again.Body.ShouldBe(first.Body);
        first.Headers.Contains("ratelimit-remaining").ShouldBeTrue();
        var accepted = (await bench.AcceptedAsync("emails")).Single();
        accepted.GetProperty("key").GetString().ShouldBe("order-confirmation/1");
        accepted.GetProperty("deliveries").GetInt32().ShouldBe(2);
        accepted.GetProperty("body").GetProperty("subject").GetString().ShouldBe("Order 1042 confirmed");
        accepted.GetProperty("acceptedAt").GetDateTimeOffset().ShouldBe(bench.Clock.GetUtcNow());
    }

    [Fact]
    public async Task A_key_with_another_mail_is_refused()
    {
        await bench.MailAsync(AMail(), "k");
        var other = await bench.MailAsync(AMail("Another"), "k");
        (other.Status, other.Code).ShouldBe((409, "invalid_idempotent_request"));
        other.Json.GetProperty("statusCode").GetInt32().ShouldBe(409);
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Spaces_and_order_do_not_make_another_mail()
    {
        await bench.MailAsync(Raw("""{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t"}"""), "k");
        (await bench.MailAsync(Raw("""{ "subject":"s", "text":"t", "to":"c@d.example", "from":"a@b.example" }"""), "k")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_key_whose_first_call_is_under_way_is_told_so()
    {
        await bench.BreakAsync("email", new { hang = true });
        using var impatient = new CancellationTokenSource();
        var hanging = bench.Http.SendAsync(Request("k"), impatient.Token);
        await Support.Eventually.Async(() => bench.ControlAsync(HttpMethod.Get, "counters"),
            reply => reply.Json.GetProperty("email").GetProperty("received").GetInt32() == 1, "the first call has arrived");

        var second = await bench.MailAsync(AMail(), "k");

        (second.Status, second.Code).ShouldBe((409, "concurrent_idempotent_requests"));
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(hanging);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day_and_then_sends_again()
    {
        await bench.MailAsync(AMail(), "k");
        bench.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await bench.MailAsync(AMail(), "k");
        (await bench.AcceptedAsync("emails?key=k")).Length.ShouldBe(1);

        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        await bench.MailAsync(AMail(), "k");
        (await bench.AcceptedAsync("emails?key=k")).Length.ShouldBe(2);

        await bench.RestartAsync();
        await bench.MailAsync(AMail(), "k");
        (await bench.AcceptedAsync("emails?key=k")).Select(one => one.GetProperty("deliveries").GetInt32()).ShouldBe([2, 2]);
    }

    [Fact]
    public async Task Without_a_key_every_call_sends()
    {
        await bench.MailAsync(AMail());
        await bench.MailAsync(AMail());
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_mail_can_be_looked_up_by_the_id_it_was_given()
    {
        var id = (await bench.MailAsync(AMail())).Json.GetProperty("id").GetString();
        var mail = await bench.SendAsync(HttpMethod.Get, $"/emails/{id}", null, new("Bearer", "re_key"));
        mail.Status.ShouldBe(200);
        mail.Json.GetProperty("last_event").GetString().ShouldBe("delivered");
        mail.Json.GetProperty("html").GetString().ShouldBe("<p>Thank you.</p>");
        (await bench.SendAsync(HttpMethod.Get, "/emails/none", null, new("Bearer", "re_key"))).Code.ShouldBe("not_found");
    }

    [Fact]
    public async Task A_batch_is_all_or_nothing_and_its_repeat_sends_nothing()
    {
        var wrong = await bench.MailAsync(new[] { AMail("One"), new { from = "a@b.example" } }, "batch", "/emails/batch");
        (wrong.Status, wrong.Code).ShouldBe((422, "missing_required_field"));
        (await bench.AcceptedAsync("emails")).ShouldBeEmpty();

        var first = await bench.MailAsync(new[] { AMail("One"), AMail("Two") }, "batch", "/emails/batch");
        var again = await bench.MailAsync(new[] { AMail("One"), AMail("Two") }, "batch", "/emails/batch");
        first.Json.GetProperty("data").GetArrayLength().ShouldBe(2);
        again.Body.ShouldBe(first.Body);
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"to":"c@d.example","subject":"s","text":"t"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"a@b.example","subject":"s","text":"t"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","text":"t"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"nobody","to":"c@d.example","subject":"s","text":"t"}""", 422, "invalid_from_address")]
    [InlineData("""{"from":"a@b.example","to":["nobody"],"subject":"s","text":"t"}""", 422, "validation_error")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t","tags":[{"name":"order/1","value":"x"}]}""", 422, "validation_error")]
    [InlineData("""{"from":""", 400, "validation_error")]
    public async Task A_mail_that_cannot_be_sent_is_refused_by_name(string body, int status, string name)
    {
        var reply = await bench.MailAsync(Raw(body), "k");
        (reply.Status, reply.Code).ShouldBe((status, name));
        (await bench.MailAsync(AMail(), "k")).Status.ShouldBe(200, "a refusal does not use the key up");
    }

    [Fact]
    public async Task Callers_must_name_themselves_and_show_a_key()
    {
        (await bench.SendAsync(HttpMethod.Post, "/emails", AMail(), null)).Code.ShouldBe("missing_api_key");
        (await bench.MailAsync(AMail(), new string('k', 257))).Code.ShouldBe("invalid_idempotency_key");
        bench.Http.DefaultRequestHeaders.UserAgent.Clear();
        var nameless = await bench.MailAsync(AMail());
        nameless.Status.ShouldBe(403);
        nameless.Body.ShouldContain("1010");
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private static HttpRequestMessage Request(string key) => new(HttpMethod.Post, "/emails")
    {
        Content = System.Net.Http.Json.JsonContent.Create(AMail()),
        Headers = { { "Authorization", "Bearer re_key" }, { "Idempotency-Key", key } },
    };
}
