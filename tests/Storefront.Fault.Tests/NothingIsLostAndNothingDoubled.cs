using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>
/// The scenarios that every run of the tests plays, on one rig, one after the other. All of them, at length: see docs/fault-testing.md.
/// </summary>
public sealed class NothingIsLostAndNothingDoubled(NothingIsLostAndNothingDoubled.OneRig fixture)
    : IClassFixture<NothingIsLostAndNothingDoubled.OneRig>
{
    [Fact]
    public Task When_no_fault_happens() => HoldsAsync("F1");

    [Fact]
    public Task When_a_process_is_killed_at_each_named_line() => HoldsAsync("F2");

    [Fact]
    public Task When_processes_are_killed_at_random() => HoldsAsync("F3");

    [Fact]
    public Task When_new_versions_are_deployed_under_load() => HoldsAsync("F4");

    [Fact]
    public Task When_Inventory_takes_stock_and_its_answers_get_lost() => HoldsAsync("F7");

    [Fact]
    public Task When_Inventory_lets_nothing_through() => HoldsAsync("F8");

    [Fact]
    public Task When_Email_asks_to_wait() => HoldsAsync("F12");

    [Fact]
    public Task When_Postgres_is_stopped_without_a_checkpoint() => HoldsAsync("F15");

    [Fact]
    public Task When_the_same_order_is_sent_ten_times_at_once() => HoldsAsync("F21");

    [Fact]
    public Task When_Email_is_down_for_a_while() => HoldsAsync("F35");

    private async Task HoldsAsync(string scenario)
    {
        var report = await Run.PlayAsync(await fixture.RigAsync(), Catalogue.Named(scenario), seed: 1);
        report.Verdict.Holds.ShouldBeTrue(report.Verdict.ToString());
    }

    public sealed class OneRig : IAsyncDisposable
    {
        private Task<ShopRig>? rig;

        internal Task<ShopRig> RigAsync()
        {
            Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGKILL and no SIGSTOP, which is what this is about.");
            return rig ??= ShopRig.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (rig is not null) await (await rig).DisposeAsync();
        }
    }
}
