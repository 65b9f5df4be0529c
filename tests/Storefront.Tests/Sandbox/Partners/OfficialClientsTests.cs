using Storefront.Tests.Support;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>The partners' official clients work unmodified, so the sandbox follows the contracts and not only our own clients.</summary>
public sealed class OfficialClientsTests : IAsyncLifetime
{
    private readonly NodeFolder clients = new("tests/Storefront.Tests/Sandbox/Partners/clients");
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Fact]
    public async Task The_official_clients_of_Resend_Segment_and_RudderStack_work_against_the_sandbox()
    {
        await clients.InstallAsync();

        var said = await clients.RunAsync("node", "talk.mjs", bench.Url.GetLeftPart(UriPartial.Authority));

        said.ShouldBe("""
            {"repeated":true,"reused":"invalid_idempotent_request","batched":2,"reusedBatch":"invalid_idempotent_request",
            "permitted":1,"refused":[0],
            "lastEvent":"delivered","scheduled":"scheduled","updated":true,"canceled":"canceled","late":"validation_error",
            "listed":5,"older":2,
            "attached":"invoice.txt","attachment":"text/plain"}
            """.ReplaceLineEndings(""));
        (await bench.AcceptedAsync("emails?key=resend-1")).Single().GetProperty("deliveries").GetInt32().ShouldBe(2);
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(5);
        (await bench.AcceptedAsync("events?key=segment-1")).Length.ShouldBe(1);
        (await bench.AcceptedAsync("events?key=rudder-1")).Length.ShouldBe(1);
        (await bench.AcceptedAsync("events")).Length.ShouldBe(3);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();
}
