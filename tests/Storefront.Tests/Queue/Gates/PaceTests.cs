using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Queue.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue.Gates;

/// <summary>A partner's rate limit, which all processes keep together. The database's clock is real, this process's is ours.</summary>
public sealed class PaceTests : IAsyncLifetime
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(106), Most = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider clock = new();
    private long? passed;
    private JobStore store = null!;
    private PaceTable table = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        store = await JobStore.CreateAsync(JobStorageKind.Fast);
        table = new(store.Postgres);
    }

    public async ValueTask DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task Without_a_limit_nobody_waits_and_nothing_is_asked()
    {
        (await Pace(null).WaitAsync(TimeSpan.Zero, Cancel)).ShouldBeNull();
        (await store.ReadAsync<long>($"select count(*) from {PaceTable.Paces}")).ShouldBe([0]);
    }

    [Fact]
    public async Task What_many_processes_draw_at_once_lies_apart_and_nobody_draws_further_ahead_than_the_horizon()
    {
        await table.DrawAsync("Email", Every, burst: 1, wanted: 1, Most, Cancel);
        var began = await NowAsync();
        var draws = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => table.DrawAsync("Email", Every, burst: 1, wanted: 4, Most, Cancel)));
        var (after, next) = (await NowAsync(), (await store.ReadAsync<double>(Next)).Single());

        // 15 fit in the 1.5 s ahead; a few more where the draws themselves took long.
        var count = draws.Sum(draw => draw.Count);
        count.ShouldBeInRange(14, 15 + (int)((after - began) / Every.TotalSeconds) + 1);
        // The row moves on by one step a turn, so no two of them are the same.
        (next - began).ShouldBeInRange(count * Every.TotalSeconds - 0.01, after - began + (count + 1) * Every.TotalSeconds);
        draws.Where(draw => draw.Count > 0).Min(draw => draw.First).ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_burst_may_be_used_at_once_after_a_quiet_time()
    {
        await table.DrawAsync("Email", Every, burst: 5, wanted: 1, Most, Cancel);
        await store.RunAsync($"update {PaceTable.Paces} set next_at = now() - interval '1 minute'");

        var (first, count) = await table.DrawAsync("Email", Every, burst: 5, wanted: 5, Most, Cancel);

        count.ShouldBe(5);
        (first + 4 * Every).TotalMilliseconds.ShouldBeInRange(-1, 1);
    }

    [Fact]
    public async Task A_call_waits_for_its_turn()
    {
        await FreeInAsync("4 seconds");
        var (began, call) = (clock.GetTimestamp(), Pace(10).WaitAsync(TimeSpan.FromMinutes(10), Cancel));

        await EndAsync(call, steps: TimeSpan.FromMilliseconds(30));

        (await call).ShouldBeNull();
        clock.GetElapsedTime(began).TotalSeconds.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_call_that_comes_too_late_for_its_turn_takes_another_since_it_would_meet_the_calls_after_it()
    {
        await FreeInAsync("1 second");
        var first = (await store.ReadAsync<double>(Next)).Single();
        var call = Pace(10).WaitAsync(TimeSpan.FromHours(10), Cancel);
        await Eventually.Async(
            async () => (await store.ReadAsync<double>(Next)).Single(), next => next > first + 0.01, "it has drawn its turn");

        clock.Advance(TimeSpan.FromHours(1));
        await EndAsync(call, steps: TimeSpan.FromMilliseconds(10));

        (await call).ShouldBeNull();
        ((await store.ReadAsync<double>(Next)).Single() - first).ShouldBeGreaterThan(1.9 * Every.TotalSeconds);
    }

    [Fact]
    public async Task A_call_that_does_not_get_its_turn_in_time_is_told_when_to_ask_again()
    {
        var pace = Pace(10);
        await FreeInAsync("1 hour");

        var call = pace.WaitAsync(Most, Cancel);
        await EndAsync(call, steps: TimeSpan.FromSeconds(1));

        (await call)!.Value.TotalMinutes.ShouldBeInRange(59, 60);
    }

    [Fact]
    public async Task Each_of_many_calls_to_a_partner_that_takes_one_in_20_s_gets_its_turn_if_it_asks_again_when_told()
    {
        var pace = Pace(0.05);
        var began = clock.GetTimestamp();
        var calls = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CallAsync()));

        await EndAsync(calls, PassHalfASecondAsync);

        var turns = (await calls).Order().ToList();
        turns.Zip(turns.Skip(1), (first, second) => second - first).ShouldAllBe(apart => apart >= 20);

        async Task<double> CallAsync()
        {
            while (await pace.WaitAsync(Most, Cancel) is { } wait) await Task.Delay(wait, clock, Cancel);
            return clock.GetElapsedTime(began).TotalSeconds;
        }
    }

    [Fact]
    public async Task A_time_that_a_call_cannot_wait_for_is_left_to_all_processes()
    {
        await FreeInAsync("15 seconds");
        var first = Pace(0.01).WaitAsync(Most, Cancel);
        await EndAsync(first, PassHalfASecondAsync);
        (await first).ShouldNotBeNull();

        var second = Pace(0.01).WaitAsync(Most, Cancel);
        await EndAsync(second, PassHalfASecondAsync);

        (await second).ShouldBeNull();
    }

    [Fact]
    public async Task A_call_that_is_cancelled_while_it_waits_gives_its_turn_back()
    {
        using var shopper = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var pace = Pace(0.01);
        await FreeInAsync("5 seconds");
        var cancelled = pace.WaitAsync(Most, shopper.Token);
        await store.UntilAsync($"select count(*) from {PaceTable.Paces} where next_at > now() + interval '10 seconds'", 1);

        await shopper.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);

        var next = pace.WaitAsync(Most, Cancel);
        await EndAsync(next, PassHalfASecondAsync);
        (await next).ShouldBeNull();
    }

    [Fact]
    public void The_pace_is_the_lowest_of_what_the_settings_a_person_and_the_partner_say()
    {
        var pace = Pace(10);
        pace.PerSecond.ShouldBe(10);
        pace.Follow(fleetLearned: 4, limitByHand: null);
        pace.PerSecond.ShouldBe(4);
        pace.Follow(fleetLearned: 40, limitByHand: 2);
        pace.PerSecond.ShouldBe(2);
        pace.Follow(fleetLearned: null, limitByHand: null);
        pace.PerSecond.ShouldBe(10);
    }

    [Theory]
    [InlineData(10, 5, 1, 10.0)] // half used: a window of a second is a limit a second
    [InlineData(10, 6, 1, null)] // not half used: no need to slow down
    [InlineData(1000, 1000, 1, null)]
    [InlineData(100, 30, 60, 0.5)] // the rest of the window for the rest of its requests
    [InlineData(100, 0, 50, 0.02)]
    [InlineData(100, 30, 61, null)] // a quota of an hour may be used at once
    [InlineData(null, 0, 1, null)]
    [InlineData(0, 0, 1, null)]
    public void What_a_partner_says_of_its_limit_becomes_the_pace(int? limit, int remaining, int reset, double? perSecond)
    {
        var pace = Pace(null);

        pace.Learn(new(limit, remaining, TimeSpan.FromSeconds(reset))).ShouldBe(perSecond);
        pace.PerSecond.ShouldBe(perSecond);
    }

    [Fact]
    public void What_a_partner_said_is_forgotten_after_a_minute_and_follows_its_later_answers()
    {
        var pace = Pace(null);
        pace.Learn(new(10, 4, TimeSpan.FromSeconds(1))).ShouldBe(10);
        pace.Learn(new(10, 3, TimeSpan.FromSeconds(1))).ShouldBeNull("the fleet knows already");
        clock.Advance(TimeSpan.FromSeconds(2));
        pace.Follow(fleetLearned: 10, limitByHand: null);
        pace.Learn(new(20, 19, TimeSpan.FromSeconds(1))).ShouldBe(20);

        clock.Advance(Jobs.Queue.Gates.Pace.Memory);
        pace.PerSecond.ShouldBeNull();
    }

    [Fact]
    public void A_process_takes_no_more_jobs_than_can_be_sent_soon()
    {
        new Gate("Email", ["email"], 12, clock, Pace(1.2)).Permits.ShouldBe(3);
        new Gate("Email", ["email"], 12, clock, Pace(0.01)).Permits.ShouldBe(1);
        new Gate("Email", ["email"], 12, clock, Pace(100)).Permits.ShouldBe(12);
    }

    private const string Next = $"select extract(epoch from next_at)::float8 from {PaceTable.Paces}";

    private async Task<double> NowAsync() =>
        (await store.ReadAsync<double>("select extract(epoch from clock_timestamp())::float8")).Single();

    private Task FreeInAsync(string interval) =>
        store.RunAsync($"insert into {PaceTable.Paces} (name, next_at) values ('Email', now() + interval '{interval}')");

    private Task EndAsync(Task call, TimeSpan steps) => EndAsync(call, () =>
    {
        clock.Advance(steps);
        return Task.CompletedTask;
    });

    private static Task EndAsync(Task call, Func<Task> pass) => Eventually.Async(
        async () =>
        {
            await pass();
            return call.IsCompleted;
        }, ended => ended, "the call's turn comes");

    /// <summary>For this process and for the database, whose clock has gone on by itself since the last time.</summary>
    private async Task PassHalfASecondAsync()
    {
        var (now, half) = (Stopwatch.GetTimestamp(), TimeSpan.FromSeconds(0.5));
        var gone = passed is { } last ? Stopwatch.GetElapsedTime(last, now) : TimeSpan.Zero;
        passed = now;
        clock.Advance(half);
        await store.RunAsync(string.Create(CultureInfo.InvariantCulture,
            $"update {PaceTable.Paces} set next_at = next_at - interval '{(half - gone).TotalSeconds} seconds'"));
    }

    private Pace Pace(double? perSecond) => new("Email", perSecond is { } limit ? new(limit) : null, table, clock);
}
