using Storefront.Jobs.Queue;

namespace Storefront.Tests.Queue;

public sealed class RetryScheduleTests
{
    [Fact]
    public void A_partner_may_be_down_overnight()
    {
        var horizon = Enumerable.Range(1, RetrySchedule.Attempts - 1).Sum(attempt => RetrySchedule.After(attempt).TotalHours);

        horizon.ShouldBe(18.2, tolerance: 2); // The tolerance is five standard deviations of the jitter.
    }

    [Theory]
    [InlineData(-5, 1)]
    [InlineData(0, 1)]
    [InlineData(90, 90)]
    [InlineData(86_400, 900)]
    public void A_Retry_After_is_respected_within_limits(int asked, int waited) =>
        RetrySchedule.Deferral(TimeSpan.FromSeconds(asked), age: TimeSpan.Zero).TotalSeconds.ShouldBeInRange(waited, waited * 1.2);

    [Theory]
    [InlineData(null, 0, 1)]
    [InlineData(null, 1, 1)]
    [InlineData(null, 60, 60)]
    [InlineData(null, 86_400, 600)]
    [InlineData(1, 4, 1)]
    [InlineData(1, 60, 15)]
    [InlineData(1, 86_400, 600)]
    [InlineData(700, 86_400, 700)]
    public void Repeated_deferrals_make_the_pauses_grow_longer(int? asked, int age, int waited) =>
        RetrySchedule.Deferral(asked is { } seconds ? TimeSpan.FromSeconds(seconds) : null, TimeSpan.FromSeconds(age))
            .TotalSeconds.ShouldBeInRange(waited, waited * 1.2);
}
