using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hangfire;
using Hangfire.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Reconciliation;
using Storefront.Jobs.Telemetry;
using Storefront.Tests.Support;

namespace Storefront.Tests.Reconciliation;

public sealed class ReconciliationWatchTests(ReconciliationWatchTests.ShopWithShortDeadline shop)
    : IClassFixture<ReconciliationWatchTests.ShopWithShortDeadline>
{
    [Fact]
    public async Task When_reconciliation_never_succeeds_health_is_degraded_and_the_shop_sells()
    {
        var report = await Eventually.Async(
            () => shop.Http.GetFromJsonAsync<JsonElement>("/health/ready"),
            seen => Reconciliation(seen).GetProperty("status").GetString() == "Degraded", "it was noticed");

        Reconciliation(report).GetProperty("description").GetString()!.ShouldStartWith("No successful run for");
        (await shop.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);

        static JsonElement Reconciliation(JsonElement report) => report.GetProperty("checks").GetProperty("reconciliation");
    }

    [Fact]
    public async Task Five_minutes_without_reconciliation_and_its_recovery_are_each_logged_once()
    {
        await using var watch = await WatchWithClock.CreateAsync();

        await watch.LookAfterAsync(TimeSpan.FromMinutes(4.9));
        watch.Watch.Overdue.ShouldBeNull();
        watch.Logged.ShouldBeEmpty();

        await watch.LookAfterAsync(TimeSpan.FromMinutes(0.2));
        await watch.LookAfterAsync(TimeSpan.FromMinutes(1));
        watch.Watch.Overdue!.Value.TotalMinutes.ShouldBe(6.1, tolerance: 0.01);
        watch.Logged.ShouldBe([LogLevel.Critical]);

        await ActivatorUtilities.CreateInstance<ReconcileOrders>(watch.Shop.Services).RunAsync(CancellationToken.None);
        await watch.LookAfterAsync(TimeSpan.Zero);
        await watch.LookAfterAsync(TimeSpan.FromMinutes(4));
        watch.Watch.Overdue.ShouldBeNull();
        watch.Logged.ShouldBe([LogLevel.Critical, LogLevel.Information]);
    }

    [Fact]
    public async Task A_lost_schedule_is_written_again()
    {
        await using var watch = await WatchWithClock.CreateAsync();
        var recurring = watch.Shop.Get<IRecurringJobManager>();
        recurring.RemoveIfExists(ReconcileOrders.Id);

        await watch.LookAfterAsync(TimeSpan.FromMinutes(6));

        using var jobs = watch.Shop.Get<JobStorage>().GetConnection();
        jobs.GetRecurringJobs().ShouldContain(job => job.Id == ReconcileOrders.Id && job.NextExecution != null);
    }

    [Fact]
    public async Task Reconciliation_runs_when_the_process_starts()
    {
        var working = new Shop();
        await working.InitializeAsync();
        try
        {
            await Eventually.Async(() => TriggeredRunsAsync(working), runs => runs == 1, "the run at the start came to its end");
        }
        finally
        {
            await working.DisposeAsync();
        }
    }

    [Fact]
    public async Task Standing_still_whose_alert_could_not_be_written_is_told_the_next_time_and_then_once()
    {
        await using var watch = await WatchWithClock.CreateAsync();
        watch.Alarm.CanWrite = false;
        await watch.LookAfterAsync(TimeSpan.FromMinutes(6));

        watch.Alarm.CanWrite = true;
        await watch.LookAfterAsync(TimeSpan.FromSeconds(15));
        await watch.LookAfterAsync(TimeSpan.FromSeconds(15));

        watch.Alarm.Raised.ShouldBe([(AlertKind.ReconciliationStale, false), (AlertKind.ReconciliationStale, true)]);
    }

    private static async Task<long> TriggeredRunsAsync(Shop shop)
    {
        await using var count = shop.Database.CreateCommand("""
            select count(*) from hangfire.job j join hangfire.state s on s.jobid = j.id and s.reason like '%recurring job manager%'
            where j.statename = 'Succeeded' and exists (select 1 from orders.rounds)
            """);
        return (long)(await count.ExecuteScalarAsync())!;
    }

    /// <summary>A watch with a clock of its own, in a shop where no reconciliation runs.</summary>
    private sealed class WatchWithClock : IAsyncDisposable
    {
        private readonly FakeTimeProvider clock = new();

        private WatchWithClock(Shop shop)
        {
            Shop = shop;
            Watch = ActivatorUtilities.CreateInstance<ReconciliationWatch>(shop.Services, clock, new Listener(Logged), Alarm);
        }

        public Shop Shop { get; }
        public ReconciliationWatch Watch { get; }
        public List<LogLevel> Logged { get; } = [];
        public KeptAlarm Alarm { get; } = new();

        public static async Task<WatchWithClock> CreateAsync()
        {
            var shop = new ShopWithoutWorkers();
            await shop.InitializeAsync();
            return new(shop);
        }

        public Task LookAfterAsync(TimeSpan time)
        {
            clock.Advance(time);
            return Watch.LookAsync(CancellationToken.None);
        }

        public ValueTask DisposeAsync() => Shop.DisposeAsync();

        private sealed class Listener(List<LogLevel> logged) : ILogger<ReconciliationWatch>
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                logged.Add(logLevel);
        }
    }

    /// <summary>Keeps what it is told, and whether that could be written.</summary>
    private sealed class KeptAlarm : IAlarm
    {
        public bool CanWrite { get; set; } = true;
        public List<(AlertKind Kind, bool IsWritten)> Raised { get; } = [];

        public Task<bool> RaiseAsync(AlertKind kind, string what, string? subject = null)
        {
            Raised.Add((kind, CanWrite));
            return Task.FromResult(CanWrite);
        }
    }

    /// <summary>It counts reconciliation as late after 0.6 s.</summary>
    public sealed class ShopWithShortDeadline : ShopWithoutWorkers
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [.. base.Settings, ("Jobs:ReconciliationLateAfterMinutes", "0.01")];
    }
}
