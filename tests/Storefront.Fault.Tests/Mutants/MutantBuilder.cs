using System.Diagnostics;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Mutants;

/// <summary>
/// Makes mutants: copies the sources of Storefront.Jobs, changes them, builds them, and puts the result into a copy of the shop.
/// </summary>
internal sealed class MutantBuilder : IDisposable
{
    private static readonly string[] Needed = ["Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", "global.json",
        ".editorconfig", "Storefront.Jobs", "tests/Storefront.Fault.Tests/InTheShop"];

    private readonly string folder = Directory.CreateTempSubdirectory("storefront-mutants-").FullName;

    /// <returns>The folder of a shop with these changes.</returns>
    public async Task<string> BuildAsync(IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0) return ShopRig.CrashBuild;
        foreach (var needed in Needed) Copy(Path.Combine(ShopRig.Source, needed), Path.Combine(folder, "source", needed));
        foreach (var change in changes) Apply(change);

        var shop = Path.Combine(folder, "shop");
        Copy(ShopRig.CrashBuild, shop);
        await RunAsync("build", Path.Combine(folder, "source", "Storefront.Jobs"), "-c", "CrashPoints", "-v", "quiet", "-nologo",
            "-nodeReuse:false", "-p:TreatWarningsAsErrors=false");
        File.Copy(Path.Combine(folder, "source", "Storefront.Jobs", "bin", "CrashPoints", "net10.0", "Storefront.Jobs.dll"),
            Path.Combine(shop, "Storefront.Jobs.dll"), overwrite: true);
        return shop;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Apply(Change change)
    {
        var file = Path.Combine(folder, "source", "Storefront.Jobs", change.File);
        File.WriteAllText(file, change.ApplyTo(File.ReadAllText(file)));
    }

    private static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to, overwrite: true);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(from, file);
            if (name.Split(Path.DirectorySeparatorChar)[0] is "bin" or "obj") continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, name))!);
            File.Copy(file, Path.Combine(to, name), overwrite: true);
        }
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await dotnet.StandardOutput.ReadToEndAsync();
        await dotnet.WaitForExitAsync();
        if (dotnet.ExitCode != 0)
            throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with exit code {dotnet.ExitCode}: {output}");
    }
}
