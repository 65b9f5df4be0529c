using System.Net;
using Storefront.Jobs.Database;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.BackOffice;

[Collection(BackOfficeFixture.Name)]
public sealed class FailuresPageTests(Shop shop) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task Failures_of_one_kind_are_one_row_with_effect_partner_error_and_count()
    {
        await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        await clerk.OpenAsync("/admin/failures?effect=order-confirmation");

        var kind = clerk.Page.QuerySelectorAll("section[aria-labelledby=kinds] tbody tr").ShouldHaveSingleItem().Children;
        int.Parse(kind[0].TextContent, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(1);
        kind[1].TextContent.ShouldBe("order-confirmation");
        kind[2].TextContent.ShouldBe("Email");
        clerk.Page.QuerySelectorAll("input[name=only], button[name=action]").ShouldBeEmpty("A viewer is offered nothing to press.");
    }

    [Fact]
    public async Task The_failures_page_filters_by_the_query_string()
    {
        var order = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);

        (await clerk.OpenAsync("/admin/failures?partner=Inventory")).Text.ShouldContain("No failed deliveries.");
        (await clerk.OpenAsync("/admin/failures?partner=Analytics")).Page.QuerySelector($"main a[href*='{order}']").ShouldBeNull();
        (await clerk.OpenAsync("/admin/failures?partner=Email")).Page.QuerySelector($"main a[href*='{order}']").ShouldNotBeNull();
        (await clerk.OpenAsync("/admin/failures?state=nonsense&effect=nonsense&after=1/2/3&only=x")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Only_the_selected_failures_are_confirmed_and_retried()
    {
        var (chosen, other) = (await BackOfficeFixture.OrderWithDeadMailAsync(shop), await BackOfficeFixture.OrderWithDeadMailAsync(shop));
        var clerk = await BackOfficeFixture.SignInAsync(shop);

        await clerk.OpenAsync($"/admin/failures/confirm?state=dead&chosen=true&only={chosen}/order-confirmation&action=retry");
        await clerk.PressAsync("Retry 1 delivery", ("note", "their domain is verified"));
        clerk.Path.ShouldStartWith("/admin/failures/work/");

        await shop.Http.UntilAsync(chosen, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        await Eventually.Async(async () => (await clerk.OpenAsync(clerk.Path)).Text,
            text => text.Contains("Finished: 1 retried", StringComparison.Ordinal), "the work is finished");
        (await shop.Http.OrderAsync(other)).Delivery("order-confirmation").ShouldBe("dead");
    }

    [Fact]
    public async Task No_ticked_failure_means_that_none_is_retried()
    {
        await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync("/admin/failures");
        clerk.Page.QuerySelector("form[action='/admin/failures/confirm'] input[name=chosen]")!.GetAttribute("value").ShouldBe("true");

        (await clerk.OpenAsync("/admin/failures/confirm?state=dead&chosen=true&only=nonsense&action=discard")).Text.ShouldContain(
            "No deliveries are selected.");
    }

    [Fact]
    public async Task Discarding_all_matching_failures_requires_a_note()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync("/admin/failures/confirm?state=dead&effect=order-confirmation&action=discard");

        await clerk.PressAsync("Discard");
        clerk.Text.ShouldContain("Enter a note that says why");
        (await shop.Http.OrderAsync(id)).Delivery("order-confirmation").ShouldBe("dead");

        await clerk.PressAsync("Discard", ("note", "a test of the address book"));
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "cancelled", "it is discarded");
        (await clerk.OpenAsync("/admin/failures?effect=order-confirmation")).Text.ShouldContain("No failed deliveries.");
        (await shop.Partners.EmailsOfAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mail_in_doubt_is_retried_only_if_staff_accept_a_second_mail()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        await shop.Database.ExecuteAsync(
            "update orders.deliveries set in_doubt_since = now() - interval '25 hours' where order_id = $1 and effect = "
                + "'order-confirmation'", [id], default);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        var confirm = $"/admin/failures/confirm?state=dead&chosen=true&only={id}/order-confirmation&action=retry";

        (await clerk.OpenAsync(confirm)).Text.ShouldContain("A retry may be delivered a second time");
        await clerk.PressAsync("Retry 1 delivery");
        await Eventually.Async(async () => (await clerk.OpenAsync(clerk.Path)).Text,
            text => text.Contains("Finished: 0 retried, 1 skipped", StringComparison.Ordinal), "the work is finished");
        (await shop.Partners.EmailsOfAsync(id)).ShouldBeEmpty();

        await clerk.OpenAsync(confirm);
        await clerk.PressAsync("Retry 1 delivery", ("maybeTwice", "true"));
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
    }

    [Fact]
    public async Task The_warning_about_a_forgotten_key_is_shown_only_for_partners_that_forget_keys()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        await shop.Database.ExecuteAsync(
            "update orders.deliveries set state = 'dead', in_doubt_since = now() - interval '25 hours' where order_id = $1", [id], default);
        var clerk = await BackOfficeFixture.SignInAsync(shop);

        (await clerk.OpenAsync($"/admin/failures/confirm?state=dead&chosen=true&only={id}/order-placed-event&action=retry")).Text
            .ShouldNotContain("A retry may be delivered a second time");
        (await clerk.OpenAsync($"/admin/failures/confirm?state=dead&chosen=true&only={id}/order-confirmation&action=retry")).Text
            .ShouldContain("A retry may be delivered a second time");
    }

    [Fact]
    public async Task A_viewer_can_neither_open_the_confirmation_nor_submit_it()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        await clerk.OpenAsync("/admin/failures");

        await clerk.PostAsync($"/admin/failures/confirm?state=dead&chosen=true&only={id}/order-confirmation&action=discard",
            ("note", "mine"));
        clerk.Path.ShouldStartWith("/account/denied");
        (await clerk.OpenAsync("/admin/failures/confirm?action=retry")).Path.ShouldStartWith("/account/denied");
        (await shop.Http.OrderAsync(id)).Delivery("order-confirmation").ShouldBe("dead");
    }

    [Fact]
    public async Task The_mail_is_shown_as_sent_in_a_frame_without_scripts()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        await clerk.OpenAsync($"/admin/letters/{id}/order-confirmation");
        clerk.Text.ShouldContain("ada@example.com");
        var frame = clerk.Page.QuerySelector("iframe")!;
        frame.GetAttribute("sandbox").ShouldBe("");

        await clerk.OpenAsync(frame.GetAttribute("src")!);

        (await clerk.Response.Content.ReadAsStringAsync()).ShouldContain("Desk Lamp");
        clerk.Response.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldStartWith("sandbox; default-src 'none'");
        (await clerk.OpenAsync($"/admin/letters/{id}/review-request")).Status.ShouldBe(HttpStatusCode.NotFound);
    }
}
