using System.Net;
using Npgsql;
using Storefront.Tests.BackOffice;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Health;

/// <summary>The database of a running shop becomes unreachable.</summary>
public sealed class WithoutPostgres(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task Without_Postgres_the_process_is_live_and_not_ready()
    {
        await TakeDatabaseAsync();
        await Eventually.Async(
            async () => (await shop.Http.GetAsync("/health/ready")).StatusCode,
            status => status == HttpStatusCode.ServiceUnavailable, "the shop noticed");
        (await shop.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_Postgres_an_API_client_gets_503_and_Retry_After()
    {
        await TakeDatabaseAsync();
        HttpResponseMessage[] answers =
        [
            await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1))),
            await shop.Http.GetAsync($"/api/v1/orders/{Guid.NewGuid()}"),
            await shop.Http.GetAsync("/api/v1/products"),
        ];
        foreach (var answer in answers)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            (await answer.CodeAsync()).ShouldBe("database_unavailable");
        }
    }

    [Fact]
    public async Task Without_Postgres_guests_and_signed_in_users_see_an_error_page_of_the_shop()
    {
        await SetAsync("true"); // Other tests may have changed it.
        await Eventually.Async(
            async () => (await shop.Http.GetAsync("/")).StatusCode, status => status == HttpStatusCode.OK, "the shop is back");
        var staff = await BackOfficeFixture.SignInAsync(shop, Roles.Operator);
        await TakeDatabaseAsync();
        foreach (var page in new[] { "/", "/products/MUG-OAT", $"/orders/{Guid.NewGuid()}", "/admin", "/admin/jobs/jobs/enqueued" })
        {
            await staff.OpenAsync(page);
            staff.Status.ShouldBe(HttpStatusCode.ServiceUnavailable, page);
            staff.Response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
            staff.Page.QuerySelector("header .brand").ShouldNotBeNull(page);
            staff.Text.ShouldContain("your cart is kept");
        }
    }

    private Task TakeDatabaseAsync() => SetAsync("false");

    private async Task SetAsync(string allowed)
    {
        var toPostgres = new NpgsqlConnectionStringBuilder(shop.ConnectionString) { Database = "postgres", Pooling = false };
        await using var admin = new NpgsqlConnection(toPostgres.ConnectionString);
        await admin.OpenAsync();
        var name = new NpgsqlConnectionStringBuilder(shop.ConnectionString).Database;
        await using var take = new NpgsqlCommand(
            $"alter database \"{name}\" with allow_connections {allowed}; "
            + $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'", admin);
        await take.ExecuteNonQueryAsync();
    }
}
