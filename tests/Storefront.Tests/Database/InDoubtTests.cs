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
    public async Task A_fault_that_passes_is_repeated_and_only_an_outage_leaves_a_doubt(string state, bool inDoubt)
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
    public async Task What_can_never_be_written_is_not_repeated()
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
