using System.IO.Compression;
using System.Text.Json;
using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

public sealed class AnalyticsContractTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Fact]
    public async Task A_message_id_makes_one_event_alone_or_in_a_batch()
    {
        var first = await bench.TrackAsync("/v1/batch", new { batch = new[] { AnEvent("m-1"), AnEvent("m-1"), AnEvent("m-2") } });
        var again = await bench.TrackAsync("/v1/track", AnEvent("m-1"));

        (first.Status, first.Body, again.Status).ShouldBe((200, """{"success":true}""", 200));
        var events = await bench.AcceptedAsync("events");
        events.Select(accepted => (accepted.GetProperty("key").GetString(), accepted.GetProperty("deliveries").GetInt32()))
            .ShouldBe([("m-2", 1), ("m-1", 3)]);
        events[0].GetProperty("body").GetProperty("properties").GetProperty("order_id").GetString().ShouldBe("1042");
    }

    [Fact]
    public async Task Without_a_message_id_every_call_makes_an_event()
    {
        await bench.TrackAsync("/v1/track", new { userId = "u", @event = "Order Completed" });
        await bench.TrackAsync("/v1/track", new { userId = "u", @event = "Order Completed" });
        (await bench.AcceptedAsync("events")).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("identify"), InlineData("page"), InlineData("screen"), InlineData("group"), InlineData("alias")]
    public async Task Every_kind_of_call_is_accepted_alone_and_in_a_batch(string type)
    {
        (await bench.TrackAsync($"/v1/{type}", new { userId = "u", messageId = "alone" })).Status.ShouldBe(200);
        (await bench.TrackAsync("/v1/batch", new { batch = new[] { new { type, userId = "u", messageId = "batched" } } })).Status.ShouldBe(
            200);
        (await bench.AcceptedAsync("events")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_gzipped_body_is_read_and_a_body_falsely_declared_as_gzip_is_refused()
    {
        (await bench.TrackAsync("/v1/batch", Gzipped(new { batch = new[] { AnEvent("m-1") } }))).Status.ShouldBe(200);
        (await bench.AcceptedAsync("events")).Single().GetProperty("key").GetString().ShouldBe("m-1");

        var plain = Raw("""{"batch":[]}""");
        plain.Headers.ContentEncoding.Add("gzip");
        (await bench.TrackAsync("/v1/batch", plain)).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("""{"batch":[{"type":"track","userId":"u","event":"e"},{"type":"track","event":"nobody's"}]}""")]
    [InlineData("""{"batch":[{"type":"track","userId":"u"}]}""")]
    [InlineData("""{"batch":[{"type":"sing","userId":"u","event":"e"}]}""")]
    [InlineData("""{"batch":{}}""")]
    [InlineData("""[]""")]
    [InlineData("""{"batch":[""")]
    public async Task A_batch_outside_the_contract_is_refused_whole(string body)
    {
        (await bench.TrackAsync("/v1/batch", Raw(body))).Status.ShouldBe(400);
        (await bench.AcceptedAsync("events")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Bodies_and_batches_above_the_limits_are_refused()
    {
        static object Sized(string id, int bytes) =>
            new { type = "track", messageId = id, userId = "u", @event = "e", properties = new { filler = new string('x', bytes) } };

        (await bench.TrackAsync("/v1/track", Sized("too-large", 33_000))).Status.ShouldBe(400);
        (await bench.TrackAsync("/v1/track", Sized(new string('m', 101), 1))).Status.ShouldBe(400);
        (await bench.TrackAsync("/v1/batch", new { batch = Enumerable.Range(0, 20).Select(n => Sized($"m-{n}", 30_000)) })).Status.ShouldBe(
            400);
        (await bench.TrackAsync("/v1/batch", new { batch = Enumerable.Range(0, 16).Select(n => Sized($"m-{n}", 30_000)) })).Status.ShouldBe(
            200);
    }

    [Fact]
    public async Task A_write_key_is_required()
    {
        (await bench.SendAsync(HttpMethod.Post, "/v1/track", AnEvent("m"), null)).Status.ShouldBe(401);
        (await bench.SendAsync(HttpMethod.Post, "/v1/track", AnEvent("m"), new("Basic", Convert.ToBase64String(":"u8)))).Status.ShouldBe(
            401);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private static ByteArrayContent Gzipped(object body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) JsonSerializer.Serialize(gzip, body);
        return new(packed.ToArray()) { Headers = { ContentType = new("application/json"), ContentEncoding = { "gzip" } } };
    }
}
