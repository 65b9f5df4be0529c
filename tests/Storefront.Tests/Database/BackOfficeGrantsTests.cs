using System.Net;
using AngleSharp.Html.Dom;
using Npgsql;
using Storefront.Tests.BackOffice;
using Storefront.Web.Identity;

namespace Storefront.Tests.Database;

/// <summary>The whole back office, run with the shop's database role. It has its own shop, because it presses every button.</summary>
public sealed class BackOfficeGrantsTests(GrantsTests.ShopWithSeparateRoles shop) : IClassFixture<GrantsTests.ShopWithSeparateRoles>
{
    [Fact]
    public async Task The_back_office_works_with_a_database_role_that_owns_nothing()
    {
        var dead = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var placed = await BackOfficeFixture.DeliveredOrderAsync(shop);
        await ExecuteAsOwnerAsync("""
            insert into orders.repairs (kind, subject, found, done) values ('reservation-differs', 'x', 'y', 'nothing: for a human')
            """);
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        string[] pages =
        [
            "/admin", "/admin/orders", "/admin/orders?q=LAMP-DESK", $"/admin/orders/{dead}", $"/admin/orders/{placed}",
            "/admin/orders.csv", "/admin/failures", "/admin/failures?state=retrying", "/admin/failures/confirm?action=retry",
            $"/admin/letters/{placed}/order-confirmation", "/admin/partners", "/admin/reconciliation",
            "/admin/reconciliation?open=true", "/admin/schedule", "/admin/audit", "/admin/api-keys", "/account/authenticator",
            "/account/orders", "/admin/jobs", "/admin/jobs/recurring", "/admin/jobs/retries", "/admin/jobs/servers",
            "/admin/jobs/jobs/enqueued",
            "/admin/jobs/jobs/scheduled", "/admin/jobs/jobs/processing", "/admin/jobs/jobs/succeeded", "/admin/jobs/jobs/failed",
            "/admin/jobs/jobs/deleted",
        ];
        foreach (var page in pages) (await admin.OpenAsync(page)).Status.ShouldBe(HttpStatusCode.OK, page);

        // Every button of every page is pressed. A refusal is explained on a page, and nothing ends in a server error.
        var pressed = 0;
        foreach (var page in pages.Where(page => !page.StartsWith("/admin/jobs", StringComparison.Ordinal)))
        {
            for (var n = 0; n < (await admin.OpenAsync(page)).Page.QuerySelectorAll("main form[method=post] button").Length; n++)
            {
                await admin.OpenAsync(page);
                var buttons = admin.Page.QuerySelectorAll("main form[method=post] button").OfType<IHtmlButtonElement>().ToList();
                if (n >= buttons.Count || buttons[n].IsDisabled) continue;
                var words = $"{buttons[n].TextContent.Trim()} on {page}";
                (string, string)[] reason =
                [
                    .. buttons[n].Form!.Elements.OfType<IHtmlInputElement>()
                        .Where(input => input.Name is "reason" or "note").Select(input => (input.Name!, "tried")),
                ];
                await admin.PressAsync(buttons[n], reason);
                ((int)admin.Status).ShouldBeLessThan(500, words);
                pressed++;
            }
        }

        pressed.ShouldBeGreaterThan(10);
        (await ScalarAsync("select count(*) from orders.repairs where handled_by is not null")).ShouldBe(1L);
    }

    private Task<object?> ScalarAsync(string sql) => shop.Database.CreateCommand(sql).ExecuteScalarAsync();

    private async Task ExecuteAsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(shop.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
