using System.Net;
using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>
/// What <c>dotnet publish</c> makes has no sandbox. It is published here from the build that the tests use: nothing is compiled, and in the
/// folders of the build only files of publishing are written, which nothing else reads.
/// </summary>
public sealed class PublishTests(PublishedShop published) : IClassFixture<PublishedShop>
{
    private const string Refusal = "A published shop has no sandbox: set ConnectionStrings:Storefront and Partners:*";

    [Fact]
    public void No_file_and_no_dependency_is_the_sandboxs()
    {
        var files = Directory.EnumerateFiles(published.Folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(published.Folder, file)).ToList();
        files.ShouldContain("Storefront.Jobs.dll");
        files.Where(file => file.Contains("sandbox", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();

        var needed = File.ReadAllText(published.File("Storefront.Web.deps.json"));
        needed.ShouldContain("Storefront.Jobs/");
        needed.ShouldNotContain("sandbox", Case.Insensitive);
    }

    [Fact]
    public void Nothing_that_only_the_sandbox_needs_is_published()
    {
        var needed = File.ReadAllText(published.File("Storefront.Web.deps.json"));
        foreach (var package in Locked("Storefront.Sandbox").Except(Locked("Storefront.Web")))
            needed.ShouldNotContain($"{package}/", Case.Insensitive);

        var own = new[] { "", ".br", ".gz" };
        Directory.EnumerateFiles(published.File("wwwroot"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(published.File("wwwroot"), file))
            .Where(file => !own.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)
                && File.Exists(Repository.File($"Storefront.Web/wwwroot/{file[..^ending.Length]}"))))
            .ShouldBeEmpty("A script or a picture is published that is not the shop's.");
    }

    [Fact]
    public async Task A_published_shop_answers_help()
    {
        var (code, words) = await published.RunAsync("--help");
        words.ShouldContain("starts the shop");
        code.ShouldBe(0);
    }

    [Theory]
    [InlineData("--environment=Production", "--Sandbox:Enabled=true")]
    [InlineData("--environment=Staging", "--Sandbox:Enabled=true")]
    [InlineData("--environment=Development")]
    [InlineData("--environment=Development", "--migrate")]
    public async Task A_published_shop_that_is_to_start_a_sandbox_says_in_one_sentence_that_it_has_none(params string[] args)
    {
        var (code, words) = await published.RunAsync([.. args, "--urls=http://127.0.0.1:0"]);
        words.Split('\n').ShouldBe(["Storefront cannot start.", words.Split('\n')[^1]]);
        words.ShouldContain(Refusal);
        code.ShouldBe(1);
    }

    [Fact]
    public async Task A_published_shop_opens_without_the_sandbox()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        await using var shop = await published.OpenAsync(
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", "--Telemetry:Prometheus:Url=",
            $"--ConnectionStrings:Storefront={database.ConnectionString}",
            .. new[] { "Inventory", "Email", "Analytics" }.SelectMany(name =>
                new[] { $"--Partners:{name}:BaseUrl=http://127.0.0.1:1", $"--Partners:{name}:ApiKey=key" }),
        ]);

        using var http = new HttpClient { BaseAddress = shop.Url };
        var page = await http.GetAsync("/", TestContext.Current.CancellationToken);
        page.StatusCode.ShouldBe(HttpStatusCode.OK, shop.Words);
        (await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("demonstration shop");
        shop.Words.ShouldNotContain("sign in as"); // the password of such an admin is kept with the sandbox's data
    }

    private static IEnumerable<string> Locked(string project)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Repository.File($"{project}/packages.lock.json")));
        return [.. json.RootElement.GetProperty("dependencies").EnumerateObject()
            .SelectMany(framework => framework.Value.EnumerateObject().Select(package => package.Name))];
    }
}

/// <summary>
/// The shop as <c>dotnet publish</c> makes it. Its folder has the same name in each run: publishing keeps a file in <c>obj</c> for each
/// folder that it ever wrote to.
/// </summary>
public sealed class PublishedShop : IAsyncLifetime
{
    public string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "published");

    public string File(string path) => Path.Combine(Folder, path);

    public async ValueTask InitializeAsync()
    {
        Delete(); // what a killed run left
        var (code, words) = await ShopProcess.RunAsync(
        [
            "publish", Repository.File("Storefront.Web/Storefront.Web.csproj"), "--no-build", "-c", ShopProcess.Configuration,
            "-o", Folder, "-nologo", "-maxCpuCount:1", "-nodeReuse:false",
        ], null, Repository.Root, "dotnet");
        code.ShouldBe(0, words);
    }

    /// <summary>Runs it to its end.</summary>
    public Task<(int Code, string Words)> RunAsync(params string[] args) =>
        ShopProcess.RunAsync([File("Storefront.Web.dll"), .. args], null, null, "dotnet");

    /// <summary>Runs it until it is open.</summary>
    public Task<ShopProcess> OpenAsync(string[] args) => ShopProcess.OpenAsync(args, assembly: File("Storefront.Web.dll"));

    public ValueTask DisposeAsync()
    {
        Delete();
        return ValueTask.CompletedTask;
    }

    private void Delete()
    {
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }
}
