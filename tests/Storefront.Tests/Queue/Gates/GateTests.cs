using Microsoft.Extensions.Time.Testing;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Tests.Queue.Gates;

/// <summary>What one process makes of the calls to one partner.</summary>
public sealed class GateTests
{
    private const int Most = 12;

    private static readonly CallOutcome Answered = new CallOutcome.Answered();
    private static readonly CallOutcome Failed = new CallOutcome.Failed("Email does not answer.");

    private readonly FakeTimeProvider clock = new();
    private readonly Gate gate;

    public GateTests() => gate = new Gate("Email", ["email"], Most, clock);

    [Fact]
    public void An_open_gate_gives_as_many_permits_as_the_partner_has_workers()
    {
        gate.Permits.ShouldBe(Most);
        gate.Taken();
        gate.Permits.ShouldBe(Most - 1);
        gate.Ended();
        gate.Permits.ShouldBe(Most);
    }

    [Fact]
    public void Five_failures_in_a_row_close_the_gate_and_four_do_not()
    {
        for (var i = 0; i < Gate.MaxFailures - 1; i++) gate.Record(Failed).ShouldBeNull();
        gate.Position.ShouldBe(GateState.Open);

        gate.Record(Failed).ShouldBe(new GateChange.Closed("Email does not answer.", null));
        gate.Position.ShouldBe(GateState.Closed);
        gate.Permits.ShouldBe(0);
    }

    [Fact]
    public void Five_failures_in_a_row_close_the_gate_however_much_time_lies_between_them()
    {
        for (var i = 0; i < Gate.MaxFailures - 1; i++)
        {
            gate.Record(Failed).ShouldBeNull();
            clock.Advance(TimeSpan.FromMinutes(10));
        }

        gate.Record(Failed).ShouldBeOfType<GateChange.Closed>();
    }

    [Fact]
    public void Failures_that_are_fewer_than_half_of_the_calls_leave_the_gate_open()
    {
        for (var i = 0; i < 20; i++)
        {
            gate.Record(Failed).ShouldBeNull();
            gate.Record(Answered).ShouldBeNull();
            gate.Record(Answered).ShouldBeNull();
        }
    }

    [Fact]
    public void Half_of_the_calls_failing_closes_the_gate_although_none_fail_in_a_row()
    {
        GateChange? change = null;
        for (var i = 0; i < Gate.MaxFailures && change is null; i++)
        {
            gate.Record(Answered);
            change = gate.Record(Failed);
        }

        change.ShouldBeOfType<GateChange.Closed>();
    }

    [Fact]
    public void Failures_that_lie_further_apart_than_the_window_leave_the_gate_open()
    {
        for (var i = 0; i < 3 * Gate.MaxFailures; i++)
        {
            gate.Record(Failed).ShouldBeNull();
            gate.Record(Answered).ShouldBeNull();
            clock.Advance(Gate.Window);
        }
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(86_400, 900)] // 15 minutes at a time, whatever was asked for: it may be wrong
    [InlineData(0.001, 1)]
    [InlineData(-5, 1)]
    public void A_partner_that_asks_to_wait_closes_the_gate_for_as_long_as_it_asks_within_reason(double asked, double seconds)
    {
        var closed = gate.Record(new CallOutcome.AskedToWait(TimeSpan.FromSeconds(asked), "429")).ShouldBeOfType<GateChange.Closed>();

        closed.For!.Value.TotalSeconds.ShouldBe(seconds);
        gate.Permits.ShouldBe(0);
    }

    [Fact]
    public void A_partner_that_asks_to_wait_and_does_not_say_how_long_gets_the_growing_break() =>
        gate.Record(new CallOutcome.AskedToWait(null, "429")).ShouldBe(new GateChange.Closed("429", null));

    [Fact]
    public void A_process_that_probes_takes_one_job_and_what_becomes_of_it_opens_or_closes_the_gate()
    {
        Close();
        gate.Probe();
        gate.Permits.ShouldBe(1);
        gate.Taken();
        gate.Permits.ShouldBe(0);
        gate.Record(Failed).ShouldBeOfType<GateChange.Closed>();
        gate.Ended();
        gate.Permits.ShouldBe(0);

        gate.Probe();
        gate.Taken();
        gate.Record(Answered).ShouldBeOfType<GateChange.Opened>();
        gate.Position.ShouldBe(GateState.Open);
    }

    [Fact]
    public void A_probe_that_takes_as_long_as_its_lease_gives_no_permit_any_more()
    {
        Close();
        gate.Probe();
        clock.Advance(gate.ProbeLease);
        gate.Permits.ShouldBe(0);
    }

    [Fact]
    public void A_probe_whose_call_may_take_long_has_a_longer_lease()
    {
        var group = new QueueGroup("Email", ["email"], Most, LongestCall: TimeSpan.FromMinutes(1));
        var slow = new Gate("Email", group.Queues, Most, clock, probeLease: group.ProbeLease);
        slow.Follow(GateState.Closed);
        slow.Probe();

        clock.Advance(TimeSpan.FromMinutes(1.9));
        slow.Permits.ShouldBe(1);
        clock.Advance(TimeSpan.FromMinutes(0.2));
        slow.Permits.ShouldBe(0);
    }

    [Fact]
    public void After_it_opens_each_answer_allows_one_more_job_and_each_failure_half_as_many()
    {
        Close();
        gate.Follow(GateState.Open).ShouldBeTrue();
        gate.Permits.ShouldBe(1);

        for (var jobs = 2; jobs <= Most + 3; jobs++)
        {
            gate.Record(Answered);
            gate.Permits.ShouldBe(Math.Min(Most, jobs));
        }

        gate.Record(Failed);
        gate.Permits.ShouldBe(Most / 2);
    }

    [Fact]
    public void What_another_process_closed_is_closed_here_and_what_another_probes_is_not_probed_here()
    {
        gate.Follow(GateState.Closed);
        gate.Permits.ShouldBe(0);
        gate.Follow(GateState.HalfOpen);
        gate.Permits.ShouldBe(0);
        gate.Follow(GateState.Open);
        gate.Permits.ShouldBe(1);
    }

    [Fact]
    public void A_permit_that_comes_free_is_reported_once_to_whoever_waits_for_one()
    {
        for (var i = 0; i < Most; i++) gate.Taken();
        gate.Ended().ShouldBeFalse("nobody waits");

        gate.WaitForPermit();
        gate.Ended().ShouldBeTrue();
        gate.Ended().ShouldBeFalse();

        gate.WaitForPermit();
        gate.Taken();
        gate.Ended().ShouldBeTrue("others run, but fewer than may");
    }

    private void Close()
    {
        for (var i = 0; i < Gate.MaxFailures; i++) gate.Record(Failed);
        gate.Position.ShouldBe(GateState.Closed);
    }
}
