using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Support;

namespace Storefront.Tests.Email;

/// <summary>A link to an account is sent as long as it is good, whatever Email does and whatever this node's clock says.</summary>
public sealed class SendAccountLinkTests(SendAccountLinkTests.ShopWithFastClock shop)
    : IClassFixture<SendAccountLinkTests.ShopWithFastClock>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_that_meets_an_outage_of_Email_waits_uses_up_no_attempt_and_is_no_bug()
    {
        await shop.Partners.BreakAsync("email", new { status = 503 });
        await SendAsync("waits@example.com", goodFor: TimeSpan.FromHours(1));

        var reason = await Eventually.Async(
            () => ReadAsync("select reason from hangfire.state where name = 'Scheduled' order by id limit 1"), state => state is not null,
            "the job is put off");

        reason.ShouldBe("Deferred, no attempt used: Email answered 503.");
        shop.Get<BrokenJobs>().Latest.ShouldBeEmpty();
        (await ReadAsync("select count(*) from orders.alerts where kind = 'jobs-failing'")).ShouldBe(0L);

        await shop.Partners.HealAsync();
        await shop.Get<PartnerGates>().OpenAsync("Email", Cancel);
        await Eventually.Async(() => MailsAsync("waits@example.com"), mails => mails == 1, "the link is sent");
    }

    [Fact]
    public async Task A_link_that_is_good_by_the_databases_clock_is_sent_and_an_older_one_is_not()
    {
        await SendAsync("late@example.com", goodFor: TimeSpan.FromMinutes(-1));
        await SendAsync("good@example.com", goodFor: TimeSpan.FromHours(1));

        await Eventually.Async(
            () => ReadAsync("""
                select count(*) from hangfire.job
                where statename <> 'Succeeded' and invocationdata::text like '%SendAccountLink%'
                """),
            open => open is 0L, "both jobs have run");

        (await MailsAsync("good@example.com")).ShouldBe(1);
        (await MailsAsync("late@example.com")).ShouldBe(0);
    }

    private async Task SendAsync(string to, TimeSpan goodFor) => await shop.Get<AccountLinks>().SendAsync(
        to, new("https://shop.example/account/password?code=1"), TimeProvider.System.GetUtcNow() + goodFor, Cancel);

    private async Task<int> MailsAsync(string to) =>
        (await shop.Partners.EmailsAsync()).Count(mail => mail.GetProperty("body").GetProperty("to")[0].GetString() == to);

    private async Task<object?> ReadAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }

    /// <summary>The clock of its node is two days ahead of the database's.</summary>
    public sealed class ShopWithFastClock : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Alerts:Webhook:Url", Partners.Url + "nowhere")];

        protected override void Configure(IServiceCollection services) => services.AddSingleton<TimeProvider>(new FastClock());

        private sealed class FastClock : TimeProvider
        {
            public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(2);
        }
    }
}
