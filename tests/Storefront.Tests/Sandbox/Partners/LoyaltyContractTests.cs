namespace Storefront.Tests.Sandbox.Partners;

public sealed class LoyaltyContractTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task A_repeated_entry_is_credited_once_also_after_a_restart()
    {
        var first = await CreditAsync("order-1", 139);
        await bench.RestartAsync();
        var again = await CreditAsync("order-1", 139);

        (first.Status, again.Status).ShouldBe((201, 200));
        again.Body.ShouldBe(first.Body);
        (await BalanceAsync()).ShouldBe(139);
        (await bench.AcceptedAsync("points")).Single().GetProperty("deliveries").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task The_balance_is_the_sum_of_what_is_credited_and_not_reversed()
    {
        await CreditAsync("order-1", 100);
        await CreditAsync("order-2", 30);
        await CreditAsync("order-3", 9, member: "bob");

        var reversed = await ReverseAsync("order-1");

        (reversed.Status, reversed.Json.GetProperty("status").GetString()).ShouldBe((200, "reversed"));
        (await BalanceAsync()).ShouldBe(30);
        (await BalanceAsync("nobody")).ShouldBe(0);
    }

    [Fact]
    public async Task An_entry_that_was_reversed_first_is_never_credited()
    {
        await ReverseAsync("order-1");
        await bench.RestartAsync();

        var late = await CreditAsync("order-1", 100);
        var other = await CreditAsync("order-1", 7);

        foreach (var reply in new[] { late, other })
            (reply.Status, reply.Json.GetProperty("status").GetString(), reply.Json.GetProperty("points").GetInt32())
                .ShouldBe((200, "reversed", 0));
        (await BalanceAsync()).ShouldBe(0);
        (await AskAsync(HttpMethod.Get, "ada/entries/order-1")).Body.ShouldBe(late.Body);
    }

    [Fact]
    public async Task Other_points_under_the_same_entry_are_refused()
    {
        await CreditAsync("order-1", 100);

        var other = await CreditAsync("order-1", 101);

        (other.Status, other.Code, other.MediaType).ShouldBe((409, "entry_conflict", "application/problem+json"));
        (await BalanceAsync()).ShouldBe(100);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"points":-1}""")]
    [InlineData("""{"points":1.5}""")]
    [InlineData("""{"points":"1"}""")]
    [InlineData("""{"points":1000000001}""")]
    [InlineData("""{"points":1,"more":1}""")]
    [InlineData("""{"points":1""")]
    [InlineData("null")]
    public async Task A_body_that_is_not_in_the_contract_is_refused(string body) =>
        (await bench.InventoryAsync(HttpMethod.Put, "/v1/members/ada/entries/order-1", PartnerBench.Raw(body))).Code
            .ShouldBe("malformed_request");

    [Fact]
    public async Task Bad_ids_unknown_entries_and_missing_keys_are_refused()
    {
        (await AskAsync(HttpMethod.Get, "ada/entries/unknown")).Code.ShouldBe("not_found");
        (await AskAsync(HttpMethod.Delete, "ada/entries/a%20b")).Code.ShouldBe("malformed_request");
        (await AskAsync(HttpMethod.Get, new string('x', 65))).Code.ShouldBe("malformed_request");
        (await bench.SendAsync(HttpMethod.Get, "/v1/members/ada", null, null)).Code.ShouldBe("unauthorized");
    }

    private Task<Reply> CreditAsync(string entry, int points, string member = "ada") =>
        AskAsync(HttpMethod.Put, $"{member}/entries/{entry}", new { points });

    private Task<Reply> ReverseAsync(string entry) => AskAsync(HttpMethod.Delete, $"ada/entries/{entry}");

    private async Task<long> BalanceAsync(string member = "ada") =>
        (await AskAsync(HttpMethod.Get, member)).Json.GetProperty("points").GetInt64();

    private Task<Reply> AskAsync(HttpMethod method, string path, object? body = null) =>
        bench.InventoryAsync(method, $"/v1/members/{path}", body);
}
