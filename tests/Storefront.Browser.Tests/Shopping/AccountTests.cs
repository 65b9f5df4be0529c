using System.Text.RegularExpressions;
using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Shopping;

public sealed partial class AccountTests(Chromium chromium, OneShop shop)
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_guest_who_opens_an_account_finds_earlier_orders_in_it(Device device)
    {
        var email = $"account-{device}@example.com".ToLowerInvariant();
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.OrderAsync(shop, Goods.Mug, email: email);

        await visit.OpenAsync("/account/sign-in");
        await visit.InspectAsync();
        await visit.FillAsync(("Email", email), ("Password", "not mine"));
        await visit.PressAsync("Sign in");
        await visit.SeesAsync("Email and password do not match");
        await visit.InspectAsync();

        await visit.FollowAsync("Get a link by email");
        await visit.InspectAsync();
        await visit.PressAsync("Send me a link");
        await visit.SeesAsync("Enter an email address");
        await visit.InspectAsync();
        await visit.FillAsync(("Email", email));
        await visit.PressAsync("Send me a link");
        await visit.SeesAsync("Check your email");
        await visit.InspectAsync();

        await visit.OpenAsync(await LinkAsync(email));
        await visit.InspectAsync();
        await visit.FillAsync(("Password", "short"));
        await visit.PressAsync("Save password");
        await visit.SeesAsync("There is a problem");
        await visit.InspectAsync();
        await visit.FillAsync(("Password", "four words make one"));
        await visit.PressAsync("Save password");

        await visit.SeesAsync("Your orders");
        await visit.InspectAsync();
        await visit.FollowAsync("Oat Glaze Mug");
        await visit.SeesAsync("Your order is placed");

        await visit.OpenAsync("/account/orders");
        await visit.PressAsync("Sign out");
        await visit.SeesAsync("Things for a quiet house");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_shopper_who_lost_an_orders_page_gets_a_link_to_it_by_mail(Device device)
    {
        var email = $"lost-{device}@example.com".ToLowerInvariant();
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        var order = await visit.OrderAsync(shop, Goods.Mug, email: email);
        var number = Number().Match(await visit.Main.InnerTextAsync()).Groups[1].Value;

        await visit.OpenAsync("/orders/find");
        await visit.InspectAsync();
        await visit.PressAsync("Send me the link");
        await visit.SeesAsync("There is a problem");
        await visit.InspectAsync();
        await visit.FillAsync(("Order number", number), ("Email", email));
        await visit.PressAsync("Send me the link");
        await visit.SeesAsync("Check your email");
        await visit.InspectAsync();

        (await MailAsync("order-link/", email)).ShouldContain(order);
    }

    private async Task<string> LinkAsync(string email) => Link().Match(await MailAsync("account-link/", email)).Value;

    private async Task<string> MailAsync(string kind, string email) => await Eventually.Async(
        async () => (await shop.Partners.EmailsAsync())
            .Where(mail => mail.GetProperty("key").GetString()!.StartsWith(kind, StringComparison.Ordinal))
            .Select(mail => mail.GetProperty("body"))
            .Where(mail => mail.GetProperty("to")[0].GetString() == email)
            .Select(mail => mail.GetProperty("text").GetString()!).FirstOrDefault() ?? "",
        text => text.Length > 0, $"a mail of {kind} is sent to {email}");

    [GeneratedRegex(@"/account/password\?code=\S+")]
    private static partial Regex Link();

    [GeneratedRegex(@"No\. (\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex Number();
}
