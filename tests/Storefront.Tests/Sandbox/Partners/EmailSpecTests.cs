using System.Text.Json;
using System.Text.Json.Nodes;
using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>Every answer and every refusal of the sandbox's Email is held to the document that Resend publishes.</summary>
public sealed class EmailSpecTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    public static TheoryData<string, string> Members => [.. new[] { "SendEmailRequest", "Attachment", "Tag", "EmailTemplateInput" }
        .SelectMany(schema => ResendContract.MembersOf(schema).Select(member => (schema, member)))];

    [Fact]
    public async Task Each_answer_is_valid_by_the_published_document()
    {
        var sent = await CheckAsync(
            HttpMethod.Post, "/emails", null, new { from = "a@b.example", to = "c@d.example", subject = "s", html = "<p>h</p>" });
        await CheckAsync(HttpMethod.Get, "/emails/{email_id}", IdOf(sent));
        var batch = await CheckAsync(HttpMethod.Post, "/emails/batch", null, new[] { AMail(), AMail() });
        batch.GetProperty("data").GetArrayLength().ShouldBe(2);
        var permissive = (await bench.PermissiveBatchAsync([AMail(), new { subject = "s" }], "k")).Json;
        ResendContract.FaultsOf(permissive, HttpMethod.Post, "/emails/batch").ShouldBeEmpty();

        var scheduled = IdOf(await CheckAsync(HttpMethod.Post, "/emails", null, AFullMail()));
        await CheckAsync(HttpMethod.Get, "/emails/{email_id}", scheduled);
        await CheckAsync(HttpMethod.Patch, "/emails/{email_id}", scheduled, new { scheduled_at = "2026-11-24T09:00:00.000Z" });
        await CheckAsync(HttpMethod.Post, "/emails/{email_id}/cancel", scheduled);
        await CheckAsync(HttpMethod.Get, "/emails/{email_id}", scheduled);

        var listed = await CheckAsync(HttpMethod.Get, "/emails", null);
        listed.GetProperty("data").GetArrayLength().ShouldBe(5);
        var attached = await CheckAsync(HttpMethod.Get, "/emails/{email_id}/attachments", scheduled);
        attached.GetProperty("data").GetArrayLength().ShouldBe(2);
        foreach (var attachment in attached.GetProperty("data").EnumerateArray())
            await CheckAsync(HttpMethod.Get, "/emails/{email_id}/attachments/{attachment_id}", scheduled, attachment: IdOf(attachment));
    }

    [Fact]
    public async Task A_mail_is_described_with_every_member_of_the_published_document()
    {
        var id = IdOf((await bench.MailAsync(new { from = "a@b.example", to = "c@d.example", subject = "s", html = "<p>h</p>" })).Json);
        var mail = (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}")).Json;
        ResendContract.MembersOf("Email").Where(member => !mail.TryGetProperty(member, out _)).ShouldBeEmpty();
        var listed = (await bench.EmailAsync(HttpMethod.Get, "/emails")).Json.GetProperty("data")[0];
        ResendContract.MembersOf("Email").Where(member => !listed.TryGetProperty(member, out _)).ShouldBe(["html", "text"]);
    }

    [Theory]
    [InlineData("""{"id":"1","text":null}""", "answer.text is null")]
    [InlineData("""{"id":"1","last_event":"lost"}""", "answer.last_event is lost")]
    [InlineData("""{"id":1,"to":"c@d.example"}""", "answer.id is not a string", "answer.to is not an array")]
    public void An_answer_that_the_published_document_does_not_allow_is_found(string answer, params string[] faults) =>
        ResendContract.FaultsOf(JsonElement.Parse(answer), HttpMethod.Get, "/emails/{email_id}").ShouldBe(faults);

    [Fact]
    public async Task A_mail_with_every_member_of_the_published_document_is_accepted()
    {
        ResendContract.FaultsOf(JsonSerializer.SerializeToElement(AFullMail()), "SendEmailRequest").ShouldBeEmpty();
        (await bench.MailAsync(AFullMail())).Status.ShouldBe(200);
        var template = new
        {
            from = "a@b.example", to = "c@d.example", subject = "s", template = new { id = "t", variables = new { n = 1 } },
        };
        ResendContract.FaultsOf(JsonSerializer.SerializeToElement(template), "SendEmailRequest").ShouldBeEmpty();
        (await bench.MailAsync(template)).Status.ShouldBe(200);
    }

    [Theory]
    [MemberData(nameof(Members))]
    public async Task A_member_of_another_type_than_the_published_document_gives_it_is_refused(string schema, string member)
    {
        var mail = JsonSerializer.SerializeToNode(AMail())!.AsObject();
        Place(mail, schema)[member] = true;
        ResendContract.FaultsOf(JsonSerializer.SerializeToElement(mail), "SendEmailRequest").ShouldNotBeEmpty();

        var reply = await bench.MailAsync(mail);

        (reply.Status, reply.Json.GetProperty("statusCode").GetInt32()).ShouldBe((422, 422));
        reply.Json.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        (await bench.AcceptedAsync("emails")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_member_that_the_published_document_does_not_name_is_accepted_as_it_allows()
    {
        var mail = JsonSerializer.SerializeToNode(AMail())!.AsObject();
        mail["campaign"] = 7;
        ResendContract.FaultsOf(JsonSerializer.SerializeToElement(mail), "SendEmailRequest").ShouldBeEmpty();
        (await bench.MailAsync(mail)).Status.ShouldBe(200);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private async Task<JsonElement> CheckAsync(HttpMethod method, string path, string? id, object? body = null, string? attachment = null)
    {
        var url = path.Replace("{email_id}", id, StringComparison.Ordinal).Replace("{attachment_id}", attachment, StringComparison.Ordinal);
        var reply = await bench.EmailAsync(method, url, body);
        reply.Status.ShouldBe(200, reply.Body);
        ResendContract.FaultsOf(reply.Json, method, path).ShouldBeEmpty($"{method} {path} answered {reply.Body}");
        return reply.Json;
    }

    private static JsonObject Place(JsonObject mail, string schema)
    {
        var place = new JsonObject();
        switch (schema)
        {
            case "Attachment":
                place["content"] = "QQ==";
                mail["attachments"] = new JsonArray(place);
                return place;
            case "Tag":
                (place["name"], place["value"]) = ("order", "1042");
                mail["tags"] = new JsonArray(place);
                return place;
            case "EmailTemplateInput":
                mail.Remove("html");
                mail.Remove("text");
                place["id"] = "t";
                mail["template"] = place;
                return place;
            default:
                return mail;
        }
    }

    private static string IdOf(JsonElement one) => one.GetProperty("id").GetString()!;

    private static object AFullMail() => new
    {
        from = "Storefront <orders@shop.example>",
        to = new[] { "ada@example.com" },
        cc = "bert@example.com",
        bcc = new[] { "cora@example.com" },
        reply_to = "help@shop.example",
        subject = "Your order",
        html = "<p>Thank you.</p>",
        text = "Thank you.",
        headers = new { x = "1" },
        scheduled_at = "2026-11-23T10:00:00.000Z",
        tags = new[] { new { name = "order", value = "1042" } },
        topic_id = "topic",
        attachments = new object[]
        {
            new { filename = "invoice.pdf", content = "JVBERg==", content_type = "application/pdf", content_id = "invoice" },
            new { path = "https://shop.example/terms.pdf" },
        },
    };
}
