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
    public async Task Whitespace_and_member_order_do_not_make_another_mail()
    {
        await bench.MailAsync(Raw("""{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t"}"""), "k");
        (await bench.MailAsync(Raw("""{ "subject":"s", "text":"t", "to":"c@d.example", "from":"a@b.example" }"""), "k")).Status.ShouldBe(
            200);
    }

    [Fact]
    public async Task A_key_whose_first_call_is_still_running_is_answered_with_a_conflict()
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
        (await bench.AcceptedAsync("emails?key=k")).Select(mail => mail.GetProperty("deliveries").GetInt32()).ShouldBe([2, 2]);
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
    public async Task A_batch_is_accepted_as_a_whole_or_refused_and_its_repeat_sends_nothing()
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

    [Fact]
    public async Task A_batch_repeated_with_another_mail_is_refused_and_accepts_nothing()
    {
        await bench.MailAsync(new[] { AMail("One"), AMail("Two") }, "batch", "/emails/batch");

        var longer = await bench.MailAsync(new[] { AMail("One"), AMail("Two"), AMail("Three") }, "batch", "/emails/batch");
        var shorter = await bench.MailAsync(new[] { AMail("One") }, "batch", "/emails/batch");
        var single = await bench.MailAsync(AMail("One"), "batch");

        foreach (var reply in new[] { longer, shorter, single }) (reply.Status, reply.Code).ShouldBe((409, "invalid_idempotent_request"));
        var accepted = await bench.AcceptedAsync("emails");
        accepted.Select(mail => mail.GetProperty("body").GetProperty("subject").GetString()).ShouldBe(["Two", "One"]);
        accepted.ShouldAllBe(mail => mail.GetProperty("deliveries").GetInt32() == 1);
    }

    [Fact]
    public async Task A_batch_is_remembered_whole_across_a_restart_and_forgotten_after_a_day()
    {
        var mails = new[] { AMail("One"), AMail("Two") };
        var first = await bench.MailAsync(mails, "batch", "/emails/batch");

        await bench.RestartAsync();
        (await bench.MailAsync(mails, "batch", "/emails/batch")).Body.ShouldBe(first.Body);
        (await bench.MailAsync(new[] { AMail("One") }, "batch", "/emails/batch")).Status.ShouldBe(409);
        (await bench.AcceptedAsync("emails")).Select(mail => mail.GetProperty("deliveries").GetInt32()).ShouldBe([2, 2]);

        bench.Clock.Advance(EmailKeyLife);
        (await bench.MailAsync(mails, "batch", "/emails/batch")).Body.ShouldNotBe(first.Body);
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(4);
    }

    [Fact]
    public async Task A_permissive_batch_accepts_valid_mails_and_names_invalid_ones()
    {
        object[] mails = [AMail("One"), new { from = "a@b.example" }, AMail("Two")];
        var first = await bench.PermissiveBatchAsync(mails, "batch");
        var again = await bench.PermissiveBatchAsync(mails, "batch");

        first.Status.ShouldBe(200);
        again.Body.ShouldBe(first.Body);
        first.Json.GetProperty("data").GetArrayLength().ShouldBe(2);
        var error = first.Json.GetProperty("errors").EnumerateArray().Single();
        (error.GetProperty("index").GetInt32(), error.GetProperty("message").GetString()).ShouldBe((1, "Missing `to` field."));
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_mail_is_described_with_the_types_of_the_contract_and_nothing_is_null()
    {
        var id = await SendAsync(Raw("""
            {"from":"a@b.example","to":"c@d.example","subject":"s","html":"<p>h</p>","text":null,"reply_to":"r@b.example"}
            """));

        var mail = (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}")).Json;

        mail.EnumerateObject().ShouldAllBe(member => member.Value.ValueKind != System.Text.Json.JsonValueKind.Null);
        mail.GetProperty("text").GetString().ShouldBe("");
        mail.GetProperty("to").EnumerateArray().Single().GetString().ShouldBe("c@d.example");
        mail.GetProperty("reply_to").EnumerateArray().Single().GetString().ShouldBe("r@b.example");
        mail.GetProperty("cc").GetArrayLength().ShouldBe(0);
        mail.GetProperty("created_at").GetDateTimeOffset().ShouldBe(bench.Clock.GetUtcNow());
    }

    [Theory]
    [InlineData("ada@example.com", "delivered")]
    [InlineData("bounced@resend.dev", "bounced")]
    [InlineData("Ada <complained+1042@resend.dev>", "complained")]
    public async Task A_test_address_decides_the_status_of_a_mail(string to, string lastEvent)
    {
        var id = await SendAsync(new { from = "a@b.example", to, subject = "s", text = "t" });
        (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}")).Json.GetProperty("last_event").GetString().ShouldBe(lastEvent);
    }

    [Theory]
    [InlineData("2026-11-23T10:00:00Z"), InlineData("2026-11-23T12:00:00+02:00"), InlineData("in 1 hour"), InlineData("in 60 minutes")]
    public async Task A_scheduled_mail_is_scheduled_until_it_is_due(string at)
    {
        var id = await SendAsync(Scheduled(at));
        (await LastEventAsync(id)).ShouldBe("scheduled");
        bench.Clock.Advance(TimeSpan.FromHours(1));
        (await LastEventAsync(id)).ShouldBe("delivered");
    }

    [Fact]
    public async Task A_scheduled_mail_can_be_rescheduled_and_cancelled_until_it_is_due()
    {
        var id = await SendAsync(Scheduled("in 1 hour"));
        var put = await bench.EmailAsync(HttpMethod.Patch, $"/emails/{id}", new { scheduled_at = "2026-11-24T09:00:00Z" });
        (put.Status, put.Json.GetProperty("id").GetString()).ShouldBe((200, id));
        put.Json.GetProperty("scheduled_at").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2026, 11, 24, 9, 0, 0, TimeSpan.Zero));
        bench.Clock.Advance(TimeSpan.FromHours(2));
        await bench.RestartAsync();
        (await LastEventAsync(id)).ShouldBe("scheduled");

        (await bench.EmailAsync(HttpMethod.Post, $"/emails/{id}/cancel")).Status.ShouldBe(200);
        await bench.RestartAsync();
        bench.Clock.Advance(TimeSpan.FromDays(2));
        (await LastEventAsync(id)).ShouldBe("canceled");
        (await bench.EmailAsync(HttpMethod.Patch, $"/emails/{id}", new { scheduled_at = "in 3 days" })).Status.ShouldBe(422);
    }

    [Fact]
    public async Task A_sent_mail_cannot_be_changed()
    {
        var id = await SendAsync(AMail());
        (await bench.EmailAsync(HttpMethod.Post, $"/emails/{id}/cancel")).Code.ShouldBe("validation_error");
        (await bench.EmailAsync(HttpMethod.Patch, $"/emails/{id}", new { scheduled_at = "in 1 hour" })).Status.ShouldBe(422);
        (await LastEventAsync(id)).ShouldBe("delivered");
        (await bench.EmailAsync(HttpMethod.Post, "/emails/none/cancel")).Code.ShouldBe("not_found");
        (await bench.EmailAsync(HttpMethod.Patch, "/emails/none", new { scheduled_at = "in 1 hour" })).Code.ShouldBe("not_found");
    }

    [Fact]
    public async Task Mails_are_listed_newest_first_a_page_at_a_time()
    {
        var ids = new List<string>();
        for (var n = 0; n < 5; n++) ids.Insert(0, await SendAsync(AMail($"Mail {n}")));

        var first = (await bench.EmailAsync(HttpMethod.Get, "/emails?limit=2")).Json;
        (first.GetProperty("object").GetString(), first.GetProperty("has_more").GetBoolean()).ShouldBe(("list", true));
        Ids(first).ShouldBe(ids[..2]);
        Ids((await bench.EmailAsync(HttpMethod.Get, $"/emails?limit=3&after={ids[1]}")).Json).ShouldBe(ids[2..]);
        Ids((await bench.EmailAsync(HttpMethod.Get, $"/emails?limit=1&before={ids[2]}")).Json).ShouldBe(ids[1..2]);
        (await bench.EmailAsync(HttpMethod.Get, $"/emails?after={ids[4]}")).Json.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        foreach (var wrong in new[] { "limit=0", "limit=101", "limit=many", "after=none", $"after={ids[0]}&before={ids[1]}" })
            (await bench.EmailAsync(HttpMethod.Get, $"/emails?{wrong}")).Code.ShouldBe("validation_error");

        static IEnumerable<string?> Ids(System.Text.Json.JsonElement page) =>
            page.GetProperty("data").EnumerateArray().Select(mail => mail.GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_attachment_is_described_and_can_be_fetched()
    {
        var content = Convert.ToBase64String("%PDF-1.7"u8);
        var attachments = new[] { new { filename = "invoice.pdf", content } };
        var id = await SendAsync(new { from = "a@b.example", to = "c@d.example", subject = "s", text = "t", attachments });

        var listed = (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}/attachments")).Json
            .GetProperty("data").EnumerateArray().Single();
        var attachment = (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}/attachments/{listed.GetProperty("id").GetString()}")).Json;

        attachment.GetProperty("filename").GetString().ShouldBe("invoice.pdf");
        attachment.GetProperty("content_type").GetString().ShouldBe("application/pdf");
        attachment.GetProperty("size").GetInt32().ShouldBe(8);
        (await bench.Http.GetStringAsync(attachment.GetProperty("download_url").GetString(), TestContext.Current.CancellationToken))
            .ShouldBe("%PDF-1.7");
        (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}/attachments/{Guid.NewGuid()}")).Code.ShouldBe("not_found");
    }

    [Theory]
    [InlineData("""{"to":"c@d.example","subject":"s","text":"t"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"a@b.example","subject":"s","text":"t"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","text":"t"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s"}""", 422, "missing_required_field")]
    [InlineData("""{"from":"nobody","to":"c@d.example","subject":"s","text":"t"}""", 422, "invalid_from_address")]
    [InlineData("""{"from":"a@b.example","to":["nobody"],"subject":"s","text":"t"}""", 422, "validation_error")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t","tags":[{"name":"order/1","value":"x"}]}""", 422,
        "validation_error")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":7,"text":"t"}""", 422, "validation_error")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s","html":["t"]}""", 422, "validation_error")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s","text":null}""", 422, "missing_required_field")]
    [InlineData(
        """{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t","scheduled_at":"some day"}""", 422, "validation_error")]
    [InlineData("""{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t","cc":[7]}""", 422, "validation_error")]
    [InlineData("""{"from":""", 400, "validation_error")]
    public async Task A_mail_that_cannot_be_sent_is_refused_by_name(string body, int status, string name)
    {
        var reply = await bench.MailAsync(Raw(body), "k");
        (reply.Status, reply.Code).ShouldBe((status, name));
        (await bench.MailAsync(AMail(), "k")).Status.ShouldBe(200, "a refusal does not use the key up");
    }

    [Fact]
    public async Task Email_requires_a_user_agent_and_an_API_key()
    {
        (await bench.SendAsync(HttpMethod.Post, "/emails", AMail(), null)).Code.ShouldBe("missing_api_key");
        (await bench.MailAsync(AMail(), new string('k', 257))).Code.ShouldBe("invalid_idempotency_key");
        bench.Http.DefaultRequestHeaders.UserAgent.Clear();
        var nameless = await bench.MailAsync(AMail());
        nameless.Status.ShouldBe(403);
        nameless.Body.ShouldContain("1010");
    }

    [Theory]
    [InlineData("POST", "/emails/1/resend", 404, "not_found")]
    [InlineData("DELETE", "/emails/1", 405, "method_not_allowed")]
    public async Task A_route_that_is_not_there_is_refused_by_name(string method, string path, int status, string name)
    {
        var reply = await bench.EmailAsync(new(method), path);
        (reply.Status, reply.Json.GetProperty("statusCode").GetInt32(), reply.Code).ShouldBe((status, status, name));
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private static readonly TimeSpan EmailKeyLife = TimeSpan.FromHours(24);

    private static object Scheduled(string at) =>
        new { from = "a@b.example", to = "c@d.example", subject = "s", text = "t", scheduled_at = at };

    private async Task<string> SendAsync(object mail) => (await bench.MailAsync(mail)).Json.GetProperty("id").GetString()!;

    private async Task<string?> LastEventAsync(string id) =>
        (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}")).Json.GetProperty("last_event").GetString();

    private static HttpRequestMessage Request(string key) => new(HttpMethod.Post, "/emails")
    {
        Content = System.Net.Http.Json.JsonContent.Create(AMail()),
        Headers = { { "Authorization", "Bearer re_key" }, { "Idempotency-Key", key } },
    };
}
