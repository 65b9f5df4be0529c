using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Tests.Database;

public sealed class InDoubtTests
{
    [Theory]
    [InlineData("40P01", false)]
    [InlineData("40001", false)]
    [InlineData("57P01", true)]
    [InlineData("57P03", true)]
    [InlineData("53300", true)]
    [InlineData("25006", true)]
    [InlineData("25P03", true)]
    public async Task A_transient_error_is_retried_and_only_an_outage_leaves_the_outcome_in_doubt(string state, bool inDoubt)
    {
        var told = new List<bool>();

        var answer = await ConnectionLoss.RetryAsync(TimeProvider.System, maybeHappened =>
        {
            told.Add(maybeHappened);
            return told.Count < 3 ? throw new PostgresException("not now", "ERROR", "ERROR", state) : Task.FromResult("written");
        }, TestContext.Current.CancellationToken);

        answer.ShouldBe("written");
        told.ShouldBe([false, inDoubt, inDoubt]);
    }

    [Fact]
    public async Task A_permanent_error_is_not_retried()
    {
        var tries = 0;

        await Should.ThrowAsync<PostgresException>(() => ConnectionLoss.RetryAsync<bool>(TimeProvider.System, _ =>
        {
            tries++;
            throw new PostgresException("never", "ERROR", "ERROR", PostgresErrorCodes.UniqueViolation);
        }, TestContext.Current.CancellationToken));

        tries.ShouldBe(1);
    }
}
