using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Tests.Pages;
using Storefront.Tests.Security;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Identity;

/// <summary>An admin makes and unmakes staff without touching SQL.</summary>
public sealed partial class StaffAccountsTests(Shop shop) : IClassFixture<Shop>
{
    private readonly string email = $"{Guid.NewGuid():n}@example.com";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_is_invited_chooses_a_password_by_the_mailed_link_once_and_may_do_what_the_role_may()
    {
        using var admin = await Staff.BrowserAsync(shop, Roles.Admin);

        await Staff.PostAsync(admin, "/admin/staff", "?handler=Invite", ("email", email), ("role", Roles.Operator));

        (await admin.GetStringAsync("/admin/staff")).ShouldContain("invited, no password yet");
        var link = await LinkAsync();
        using var invited = shop.Browser();
        await (await new Visitor(invited).OpenAsync(link)).PressAsync("Save password", ("password", "four words in a row"));
        (await invited.GetAsync("/admin/failures")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await invited.GetAsync("/admin/staff")).RequestMessage!.RequestUri!.AbsolutePath.ShouldBe("/account/denied");
        (await new Visitor(shop.Browser()).OpenAsync(link)).Text.ShouldContain("This link is no longer valid");
        (await AuditAsync()).ShouldBe([$"invite {email} as operator"]);
    }

    [Fact]
    public async Task A_changed_role_and_ended_sessions_hold_at_once()
    {
        var id = await MemberAsync(Roles.Admin);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);
        (await browser.GetAsync("/admin/staff")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await WithAsync(staff => staff.SetRoleAsync(id, Roles.Viewer, "ada", Cancel))).ShouldBeNull();
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Redirect, "the session has ended");

        using var again = await Staff.SignInAsync(shop, email, Staff.Password);
        (await again.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await again.GetAsync("/admin/staff")).Headers.Location!.AbsolutePath.ShouldBe("/account/denied");
        (await WithAsync(staff => staff.EndSessionsAsync(id, "ada", Cancel))).ShouldBeNull();
        (await again.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await WithAsync(staff => staff.SetRoleAsync(id, null, "ada", Cancel))).ShouldBeNull();
        (await WithAsync(staff => staff.EndSessionsAsync(id, "ada", Cancel)))
            .ShouldBe("This person is not a member of the staff any more.");
        (await AuditAsync()).ShouldBe([$"make {email} viewer", $"end the sessions of {email}", $"take {email} off the staff"]);
    }

    [Fact]
    public async Task The_last_admin_stays_however_many_try_to_take_the_role_away_at_once()
    {
        await using var own = await ShopWithTwoAdmins.StartAsync();
        var ids = await own.AdminsAsync(withPassword: true);

        var said = await Task.WhenAll(ids.Select(id => own.WithAsync(staff => staff.SetRoleAsync(id, null, "ada", Cancel))));

        said.Count(sentence => sentence == StaffAccounts.LastAdmin).ShouldBe(1);
        (await own.AdminsAsync()).Count.ShouldBe(2, "and the one who never came");
    }

    [Fact]
    public async Task Whoever_is_invited_again_with_another_role_loses_the_old_one_at_once()
    {
        await MemberAsync(Roles.Admin);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);

        (await WithAsync(staff => staff.InviteAsync(email, Roles.Viewer, "ada", Cancel))).Refusal.ShouldBeNull();

        (await browser.GetAsync("/admin/staff")).Headers.Location!.AbsolutePath.ShouldBe("/account/sign-in");
    }

    [Theory]
    [InlineData("o'neil&co{x}@example.com")]
    [InlineData("a-very-long-name-of-a-person-who-works-here-and-has-a-mail-address-that-is-as-long@"
        + "a-domain-that-is-long-too.a-domain-that-is-long-too.a-domain-that-is-long-too.a-domain-that-is-long-too.example.com")]
    public async Task Any_address_that_is_one_can_be_invited(string address) =>
        (await WithAsync(staff => staff.InviteAsync(address, Roles.Viewer, "ada", Cancel))).Refusal.ShouldBeNull();

    [Theory]
    [InlineData("nobody", Roles.Viewer, "Enter an email address")]
    [InlineData("ada@example.com", "owner", "Choose a role")]
    [InlineData("ada@example.com", null, "Choose a role")]
    public async Task An_invitation_without_an_address_or_a_role_is_refused(string address, string? role, string sentence) =>
        (await WithAsync(staff => staff.InviteAsync(address, role, "ada", Cancel))).Refusal!.ShouldContain(sentence);

    [Fact]
    public async Task The_first_member_of_the_staff_is_added_from_the_command_line()
    {
        var (code, words) = await RunAsync("staff", "add", email, "--role", "operator");

        code.ShouldBe(0, words);
        words.ShouldContain($"{email} is operator");
        words.ShouldContain("/account/password?code=");
        (await AuditAsync()).ShouldBe([$"invite {email} as operator"]);
    }

    [Fact]
    public async Task The_only_admin_who_has_lost_the_authenticator_gets_back_in_from_the_command_line()
    {
        var id = await MemberAsync(Roles.Admin);
        await using var scope = shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        var admin = (await users.FindByIdAsync(id))!;
        await users.ResetAuthenticatorKeyAsync(admin);
        await users.SetTwoFactorEnabledAsync(admin, true);
        using var locked = shop.Browser(followRedirects: false);
        (await Staff.TryAsync(locked, email, Staff.Password)).Headers.Location!.OriginalString.ShouldStartWith("/account/second-factor");

        var (code, words) = await RunAsync("staff", "reset-authenticator", email.ToUpperInvariant());

        code.ShouldBe(0, words);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);
        (await browser.GetAsync("/admin/staff")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AuditAsync()).ShouldBe([$"reset the second factor of {email}"]);
    }

    [Theory]
    [InlineData("Name the person", "staff", "add", "ada@example.com")]
    [InlineData("Name the person", "staff", "reset-authenticator")]
    [InlineData("Name the person", "staff", "reset-authenticator", "ada@example.com", "--role", "viewer")]
    [InlineData("Name the person", "staff")]
    [InlineData("is no member of the staff", "staff", "reset-authenticator", "nobody@example.com")]
    public async Task A_staff_command_that_cannot_be_carried_out_is_refused_with_a_sentence(string sentence, params string[] args)
    {
        var (code, words) = await RunAsync(args);
        code.ShouldBe(1, words);
        words.ShouldContain(sentence);
    }

    private Task<(int Code, string Words)> RunAsync(params string[] command) => ShopProcess.RunAsync(
    [
        .. command, "--ConnectionStrings:Storefront", shop.ConnectionString, "--Sandbox:Enabled=false",
        "--Shop:PublicUrl=http://localhost", "--environment=Development",
    ]);

    private async Task<string> MemberAsync(string role)
    {
        (await WithAsync(staff => staff.InviteAsync(email, role, "setup", Cancel))).Refusal.ShouldBeNull();
        await using var scope = shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        var user = (await users.FindByEmailAsync(email))!;
        (await users.AddPasswordAsync(user, Staff.Password)).Succeeded.ShouldBeTrue();
        await using var forget = shop.Database.CreateCommand($"delete from orders.audit where subject like '%{email}%'");
        await forget.ExecuteNonQueryAsync(Cancel);
        return user.Id;
    }

    private Task<T> WithAsync<T>(Func<StaffAccounts, Task<T>> act) => WithAsync(shop, act);

    private static async Task<T> WithAsync<T>(Shop shop, Func<StaffAccounts, Task<T>> act)
    {
        await using var scope = shop.Services.CreateAsyncScope();
        return await act(scope.ServiceProvider.GetRequiredService<StaffAccounts>());
    }

    private Task<string> LinkAsync() => Eventually.Async(
        async () => (await shop.Partners.EmailsAsync()).Select(mail => mail.GetProperty("body"))
            .Where(mail => mail.GetProperty("to")[0].GetString() == email)
            .Select(mail => Link().Match(mail.GetProperty("text").GetString()!).Value).FirstOrDefault(""),
        link => link.Length > 0, "the link is mailed");

    [GeneratedRegex(@"/account/password\?code=\S+")]
    private static partial Regex Link();

    private async Task<List<string>> AuditAsync()
    {
        await using var find = shop.Database.CreateCommand("select subject from orders.audit where subject like $1 order by id");
        find.Parameters.Add(new() { Value = $"%{email}%" });
        await using var reader = await find.ExecuteReaderAsync(Cancel);
        var lines = new List<string>();
        while (await reader.ReadAsync(Cancel)) lines.Add(reader.GetString(0));
        return lines;
    }

    private sealed class ShopWithTwoAdmins : Shop
    {
        public static async Task<ShopWithTwoAdmins> StartAsync()
        {
            var shop = new ShopWithTwoAdmins();
            await shop.InitializeAsync();
            await shop.WithAsync(staff => staff.InviteAsync("grace@example.com", Roles.Admin, "setup", Cancel));
            await using var scope = shop.Services.CreateAsyncScope();
            var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
            (await users.AddPasswordAsync((await users.FindByEmailAsync("grace@example.com"))!, Staff.Password)).Succeeded.ShouldBeTrue();
            await shop.WithAsync(staff => staff.InviteAsync("never-came@example.com", Roles.Admin, "setup", Cancel));
            return shop;
        }

        public async Task<List<string>> AdminsAsync(bool withPassword = false) =>
            [.. (await WithAsync(staff => staff.ListAsync(Cancel)))
                .Where(one => one.Role == Roles.Admin && (one.HasPassword || !withPassword)).Select(one => one.Id)];

        public Task<T> WithAsync<T>(Func<StaffAccounts, Task<T>> act) => StaffAccountsTests.WithAsync(this, act);
    }
}
