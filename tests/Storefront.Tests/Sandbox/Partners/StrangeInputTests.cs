using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>Whatever a partner is sent, it continues to answer, keeps what it accepted across a restart, and can be stopped.</summary>
public sealed class StrangeInputTests : IAsyncLifetime
{
    private static readonly string Deep = new string('[', 46) + new string(']', 46);

    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    public static TheoryData<string, string> Values => new()
    {
        { "half of a surrogate pair", @"""a \ud800 b""" },
        { "the other half", @"""\udc00""" },
        { "two halves in the wrong order", @"""\udc00\ud800""" },
        { "half of a pair before a whole one", @"""\ud83d\ud83d\ude00""" },
        { "half of a pair at the very end", @"""end\uDBFF""" },
        { "half of a pair as a name", """{"\ud800":1}""" },
        { "an escaped backslash before u", @"""\\ud800""" },
        { "NUL", @"""\u0000""" },
        { "control characters and separators", @"""\r\n\u001b\u0085\u2028""" },
        { "a number too large for any type", "1e999999999999" },
        { "the same name twice", """{"a":1,"a":2}""" },
        { "as deep as is taken in", Deep },
        { "1 MB", '"' + new string('x', 1_000_000) + '"' },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_mail_with_a_strange_value_is_accepted_once_and_the_next_one_too(string what, string value)
    {
        // The value is sent in a field that must be a string, and in one that takes any JSON.
        var subject = value.StartsWith('"') ? value : "\"s\"";
        var mail = $$"""{"from":"a@b.example","to":"c@d.example","subject":{{subject}},"text":"t","headers":{"x":{{value}} } }""";

        var first = await bench.MailAsync(Raw(mail), "strange");
        first.Status.ShouldBe(200, what);
        await AllGoOnAsync();

        (await bench.MailAsync(Raw(mail), "strange")).Body.ShouldBe(first.Body);
        (await bench.EmailAsync(HttpMethod.Get, $"/emails/{first.Json.GetProperty("id").GetString()}")).Status.ShouldBe(200);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task An_event_with_a_strange_value_is_answered_and_the_next_one_accepted(string what, string value)
    {
        var text = value.StartsWith('"') && value.Length < 100 ? value : "\"strange\"";
        var body = $$"""{"type":"track","messageId":{{text}},"userId":{{text}},"event":{{text}},"properties":{"x":{{value}} } }""";
        var status = (await bench.TrackAsync("/v1/track", Raw(body))).Status;
        status.ShouldBe(value.Length > 32 * 1024 ? 400 : 200, what);
        (await bench.TrackAsync("/v1/batch", Raw($$"""{"batch":[{{body}}]}"""))).Status.ShouldBe(value == Deep ? 400 : status);
        await AllGoOnAsync();
    }

    [Theory]
    [InlineData(@"\ud800"), InlineData(@"\udc00"), InlineData(@"\u0000"), InlineData(@"\u2028")]
    public async Task A_reservation_of_a_strange_SKU_is_refused_and_the_next_one_held(string sku)
    {
        var body = Raw($$"""{"lines":[{"sku":"{{sku}}","quantity":1}]}""");
        (await bench.InventoryAsync(HttpMethod.Put, "/v1/reservations/strange", body)).Status.ShouldBeInRange(400, 422);
        await AllGoOnAsync();
    }

    [Theory]
    [InlineData("[[[[", 1000), InlineData("""{"a":""", 1000), InlineData("[", 100_000)]
    public async Task JSON_nested_too_deeply_is_refused_by_every_partner(string opening, int times)
    {
        var deep = string.Concat(Enumerable.Repeat(opening, times));
        (await bench.MailAsync(Raw(deep))).Status.ShouldBe(400);
        (await bench.TrackAsync("/v1/batch", Raw(deep))).Status.ShouldBe(400);
        (await bench.InventoryAsync(HttpMethod.Put, "/v1/reservations/deep", Raw(deep))).Status.ShouldBe(400);
        (await bench.ControlAsync(HttpMethod.Put, "faults/email", Raw(deep))).Status.ShouldBe(400);
        (await bench.ControlAsync(HttpMethod.Put, "stock/MUG", Raw(deep))).Status.ShouldBe(400);
        await AllGoOnAsync();
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_is_replaced_and_a_whole_pair_is_kept()
    {
        await bench.MailAsync(Raw("""{"from":"a@b.example","to":"c@d.example","subject":"\ud83d\ude00 \ud800 \\ud800","text":"t"}"""));
        (await bench.AcceptedAsync("emails")).Single()
            .GetProperty("body").GetProperty("subject").GetString().ShouldBe("😀 \ufffd \\ud800");
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    /// <summary>All three partners accept ordinary calls, also after a restart, and everything can be listed.</summary>
    private async Task AllGoOnAsync()
    {
        await AcceptAsync("before");
        await bench.RestartAsync();
        await AcceptAsync("after");
        foreach (var list in new[] { "emails", "events", "reservations", "" })
            (await bench.ControlAsync(HttpMethod.Get, list)).Status.ShouldBe(200);

        async Task AcceptAsync(string key)
        {
            (await bench.MailAsync(AMail(), key)).Status.ShouldBe(200);
            (await bench.TrackAsync("/v1/track", AnEvent(key))).Status.ShouldBe(200);
            await bench.SetStockAsync("MUG", 5);
            (await bench.ReserveAsync(key, ("MUG", 1))).Status.ShouldBe(201);
        }
    }
}
