using Storefront.Jobs.Retrying;

namespace Storefront.Tests.Retrying;

public sealed class RetryScheduleTests
{
    [Fact]
    public void A_partner_may_be_down_overnight()
    {
        var horizon = Enumerable.Range(1, RetrySchedule.Attempts - 1).Sum(attempt => RetrySchedule.After(attempt).TotalHours);

        horizon.ShouldBe(18.2, tolerance: 2); // five standard deviations of the jitter
    }

    [Theory]
    [InlineData(-5, 1)]
    [InlineData(0, 1)]
    [InlineData(90, 90)]
    [InlineData(86_400, 900)]
    public void What_a_partner_asks_for_is_honoured_within_reason(int asked, int waited) =>
        RetrySchedule.Clamp(TimeSpan.FromSeconds(asked)).TotalSeconds.ShouldBeInRange(waited, waited * 1.1);
}
