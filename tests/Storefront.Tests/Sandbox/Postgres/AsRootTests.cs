using Storefront.Sandbox.Postgres;
using static Storefront.Tests.Sandbox.Postgres.SandboxFolder;

namespace Storefront.Tests.Sandbox.Postgres;

public sealed class AsRootTests
{
    [Fact]
    public async Task In_a_folder_closed_to_other_users_the_cluster_is_created_elsewhere_and_found_again()
    {
        Assert.SkipUnless(ServerAccount.IsNeeded, "Only root hands its server to another user; these tests do not run as root.");
        using var folder = new SandboxFolder();
        folder.OpenToOthers(false);

        await using (var first = await folder.StartAsync())
            await AskAsync<long>(first, "CREATE TABLE kept (word text); SELECT 1::bigint");
        var home = folder.Home;
        await using (var second = await folder.StartAsync())
            (await AskAsync<long>(second, "SELECT count(*) FROM kept")).ShouldBe(0);

        folder.Home.ShouldBe(home);
        home.ShouldNotStartWith(folder.Path);
        new DirectoryInfo(Path.Combine(folder.Path, "postgres")).LinkTarget.ShouldBe(home);
    }
}
