using System.Text.Json;
using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

public sealed class EmailAttachmentTests : IAsyncLifetime
{
    // In Base64 this is 40 MB, the most that the attachments of one mail may have together.
    private const int Largest = 30 * 1024 * 1024;

    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Theory]
    [InlineData("""{"filename":"a.txt"}""", "invalid_attachment")]
    [InlineData("""{"filename":"a.txt","content":null}""", "invalid_attachment")]
    [InlineData("""{"path":"../secret"}""", "invalid_attachment")]
    [InlineData("""{"path":"file:///etc/passwd"}""", "invalid_attachment")]
    [InlineData("""{"content":{"type":"Buffer","data":[256]}}""", "invalid_attachment")]
    [InlineData("""{"content":{"type":"Buffer"}}""", "invalid_attachment")]
    [InlineData("\"QQ==\"", "validation_error")]
    [InlineData("""{"content":"QQ==","filename":1}""", "validation_error")]
    [InlineData("""{"content":"QQ==","content_type":["text/plain"]}""", "validation_error")]
    public async Task An_attachment_that_cannot_be_sent_is_refused_by_name(string attachment, string name)
    {
        var reply = await bench.MailAsync(WithAttachments(attachment));
        (reply.Status, reply.Code).ShouldBe((422, name));
        (await bench.AcceptedAsync("emails")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_content_id_has_fewer_than_128_characters()
    {
        string Attachment(int length) => $$"""{"content":"QQ==","content_id":"{{new string('c', length)}}"}""";
        (await bench.MailAsync(WithAttachments(Attachment(127)))).Status.ShouldBe(200);
        (await bench.MailAsync(WithAttachments(Attachment(128)))).Code.ShouldBe("validation_error");
    }

    [Theory]
    [InlineData("""{"content":"aGk=","filename":"a.txt"}""", "hi")]
    [InlineData("""{"content":{"type":"Buffer","data":[104,105]},"filename":"a.txt"}""", "hi")]
    public async Task The_content_is_kept_as_Base64_or_as_a_Buffer_of_Node(string attachment, string content)
    {
        var id = await SendAsync(attachment);
        await bench.RestartAsync();
        var listed = (await ListAsync(id)).Single();
        listed.GetProperty("size").GetInt32().ShouldBe(content.Length);
        (await bench.Http.GetStringAsync(
            $"/sandbox/emails/{id}/attachments/{listed.GetProperty("id").GetString()}", TestContext.Current.CancellationToken))
            .ShouldBe(content);
    }

    [Fact]
    public async Task An_attachment_of_another_server_is_downloaded_from_there()
    {
        var id = await SendAsync("""{"path":"https://shop.example/terms.pdf","content_id":"terms"}""");
        var attachment = (await ListAsync(id)).Single();
        attachment.GetProperty("download_url").GetString().ShouldBe("https://shop.example/terms.pdf");
        attachment.GetProperty("content_disposition").GetString().ShouldBe("inline");
        attachment.GetProperty("content_type").GetString().ShouldBe("application/pdf");
        attachment.GetProperty("filename").GetString().ShouldBe("terms.pdf");
    }

    [Fact]
    public async Task Attachments_have_40_MB_together_in_Base64_and_no_byte_more()
    {
        var half = Convert.ToBase64String(new byte[Largest / 2]);
        var id = await SendAsync($$"""{"content":"{{half}}"}""", $$"""{"content":"{{half}}"}""");
        var tooLarge = await bench.MailAsync(WithAttachments($$"""{"content":"{{half}}"}""", $$"""{"content":"{{half}}AAAA"}"""));

        (tooLarge.Status, tooLarge.Code).ShouldBe((422, "validation_error"));
        tooLarge.Json.GetProperty("message").GetString()!.ShouldContain("40 MB");
        await bench.RestartAsync();
        (await ListAsync(id)).Sum(attachment => attachment.GetProperty("size").GetInt32()).ShouldBe(Largest);
    }

    [Fact]
    public async Task A_request_that_is_larger_than_any_mail_is_refused_before_it_is_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/emails")
        {
            // Nobody reads the body, so it need not be as long as it says.
            Content = new ByteArrayContent([]) { Headers = { ContentLength = 129 * 1024 * 1024 } },
            Headers = { ExpectContinue = true, Authorization = new("Bearer", "re_key") },
        };
        var reply = await bench.SendAsync(request);
        (reply.Status, reply.Code).ShouldBe((413, "validation_error"));
    }

    [Fact]
    public async Task Attachments_are_listed_a_page_at_a_time()
    {
        var id = await SendAsync([.. Enumerable.Range(0, 4).Select(n => $$"""{"content":"QQ==","filename":"{{n}}.txt"}""")]);
        var ids = (await ListAsync(id)).Select(attachment => attachment.GetProperty("id").GetString()).ToList();

        (await NamesAsync("limit=3")).ShouldBe(("0.txt 1.txt 2.txt", true));
        (await NamesAsync($"after={ids[1]}")).ShouldBe(("2.txt 3.txt", false));
        (await NamesAsync($"limit=1&before={ids[2]}")).ShouldBe(("1.txt", true));
        foreach (var wrong in new[] { "limit=0", $"after={ids[0]}&before={ids[1]}", $"after={Guid.NewGuid()}" })
            (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}/attachments?{wrong}")).Code.ShouldBe("validation_error");

        async Task<(string Names, bool More)> NamesAsync(string query)
        {
            var page = (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}/attachments?{query}")).Json;
            var names = page.GetProperty("data").EnumerateArray().Select(attachment => attachment.GetProperty("filename").GetString());
            return (string.Join(' ', names), page.GetProperty("has_more").GetBoolean());
        }
    }

    [Fact]
    public async Task An_id_that_is_no_UUID_is_an_invalid_parameter()
    {
        var id = await SendAsync("""{"content":"QQ=="}""");
        foreach (var path in new[] { "none/attachments", $"{id}/attachments/none", $"{id}/attachments?after=none" })
        {
            var reply = await bench.EmailAsync(HttpMethod.Get, $"/emails/{path}");
            (reply.Status, reply.Code).ShouldBe((422, "invalid_parameter"), path);
        }

        foreach (var path in new[] { $"{Guid.NewGuid()}/attachments", $"{id}/attachments/{Guid.NewGuid()}" })
            (await bench.EmailAsync(HttpMethod.Get, $"/emails/{path}")).Code.ShouldBe("not_found");
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private async Task<string> SendAsync(params string[] attachments)
    {
        var reply = await bench.MailAsync(WithAttachments(attachments));
        reply.Status.ShouldBe(200, reply.Body);
        return reply.Json.GetProperty("id").GetString()!;
    }

    private async Task<JsonElement[]> ListAsync(string id) =>
        [.. (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}/attachments")).Json.GetProperty("data").EnumerateArray()];

    private static StringContent WithAttachments(params string[] attachments) => Raw(
        $$"""{"from":"a@b.example","to":"c@d.example","subject":"s","text":"t","attachments":[{{string.Join(',', attachments)}}]}""");
}
