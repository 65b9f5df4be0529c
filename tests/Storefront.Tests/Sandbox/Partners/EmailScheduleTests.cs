using System.Text.Json;

namespace Storefront.Tests.Sandbox.Partners;

public sealed class EmailScheduleTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Fact]
    public async Task The_sandbox_shows_when_a_scheduled_mail_is_due_and_that_it_was_canceled()
    {
        var id = await SendAsync("in 1 hour");
        (await ShownAsync(id)).GetProperty("dueAt").GetDateTimeOffset().ShouldBe(bench.Clock.GetUtcNow().AddHours(1));
        (await PageAsync()).ShouldContain("due 2026-11-23 10:00:00Z");

        await bench.EmailAsync(HttpMethod.Patch, $"/emails/{id}", new { scheduled_at = "2026-11-24T09:00:00Z" });
        await bench.RestartAsync();
        (await PageAsync()).ShouldContain("due 2026-11-24 09:00:00Z");

        await bench.EmailAsync(HttpMethod.Post, $"/emails/{id}/cancel");
        await bench.RestartAsync();
        var canceled = await ShownAsync(id);
        (canceled.GetProperty("canceled").GetBoolean(), canceled.GetProperty("body").GetProperty("subject").GetString())
            .ShouldBe((true, "s"));
        (await PageAsync()).ShouldContain("canceled");
    }

    [Fact]
    public async Task A_mail_that_is_not_scheduled_is_shown_without_a_time_when_it_is_due()
    {
        await bench.MailAsync(PartnerBench.AMail());
        var shown = (await bench.AcceptedAsync("emails")).Single();
        (shown.TryGetProperty("dueAt", out _), shown.TryGetProperty("canceled", out _)).ShouldBe((false, false));
        (await PageAsync()).ShouldNotContain("due ");
    }

    [Fact]
    public async Task Mails_of_a_batch_are_scheduled_each_for_itself()
    {
        var batch = await bench.MailAsync(new[] { PartnerBench.AMail(), Scheduled("in 2 hours") }, "k", "/emails/batch");
        var ids = batch.Json.GetProperty("data").EnumerateArray().Select(mail => mail.GetProperty("id").GetString()!).ToList();
        await bench.RestartAsync();
        (await LastEventAsync(ids[0]), await LastEventAsync(ids[1])).ShouldBe(("delivered", "scheduled"));
        (await ShownAsync(ids[1])).GetProperty("dueAt").GetDateTimeOffset().ShouldBe(bench.Clock.GetUtcNow().AddHours(2));
    }

    [Theory]
    [InlineData("2026-12-23T09:00:00Z", 200), InlineData("2026-12-23T09:00:01Z", 422), InlineData("in 30 days", 200)]
    [InlineData("in 31 days", 422), InlineData("10:00", 422), InlineData("24 November", 422), InlineData("11/24/2026", 422)]
    public async Task A_mail_is_scheduled_for_a_date_in_ISO_8601_at_most_30_days_ahead(string at, int status)
    {
        (await bench.MailAsync(Scheduled(at))).Status.ShouldBe(status);
        var id = await SendAsync("in 1 hour");
        (await bench.EmailAsync(HttpMethod.Patch, $"/emails/{id}", new { scheduled_at = at })).Status.ShouldBe(status);
    }

    [Fact]
    public async Task A_permissive_batch_repeated_later_gets_the_same_answer_though_its_mail_could_be_scheduled_by_then()
    {
        object[] mails = [PartnerBench.AMail(), Scheduled("2026-12-23T10:00:00Z")];
        var first = await bench.PermissiveBatchAsync(mails, "k");
        bench.Clock.Advance(TimeSpan.FromHours(2));
        var again = await bench.PermissiveBatchAsync(mails, "k");

        first.Json.GetProperty("errors").EnumerateArray().Single().GetProperty("index").GetInt32().ShouldBe(1);
        again.Body.ShouldBe(first.Body);
    }

    [Fact]
    public async Task A_mail_is_either_rescheduled_or_canceled_but_not_both_and_not_when_it_is_due()
    {
        var id = await SendAsync("in 1 hour");
        bench.Clock.Advance(TimeSpan.FromHours(1));
        (await bench.EmailAsync(HttpMethod.Post, $"/emails/{id}/cancel")).Status.ShouldBe(422);
        (await bench.EmailAsync(HttpMethod.Patch, $"/emails/{id}", new { scheduled_at = "in 1 hour" })).Status.ShouldBe(422);
        (await LastEventAsync(id)).ShouldBe("delivered");
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private async Task<string> SendAsync(string at) => (await bench.MailAsync(Scheduled(at))).Json.GetProperty("id").GetString()!;

    private async Task<JsonElement> ShownAsync(string id) =>
        (await bench.AcceptedAsync("emails")).Single(mail => mail.GetProperty("id").GetString() == id);

    private async Task<string> PageAsync() => (await bench.ControlAsync(HttpMethod.Get, "")).Body;

    private async Task<string?> LastEventAsync(string id) =>
        (await bench.EmailAsync(HttpMethod.Get, $"/emails/{id}")).Json.GetProperty("last_event").GetString();

    private static object Scheduled(string at) =>
        new { from = "a@b.example", to = "c@d.example", subject = "s", text = "t", scheduled_at = at };
}
