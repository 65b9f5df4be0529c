namespace Storefront.Sandbox;

public static class SandboxDirectory
{
    /// <param name="configured">
    /// Setting <c>Sandbox:DataDirectory</c>; empty: <c>.sandbox</c> beside the solution, or the user's own folder where there is none.
    /// </param>
    /// <returns>An absolute path; the folder may not exist yet.</returns>
    public static string Of(string? configured) => string.IsNullOrWhiteSpace(configured) ? Default() : Path.GetFullPath(configured);

    private static string Default()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Storefront.sln"))) return Path.Combine(folder.FullName, ".sandbox");
        return Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "storefront");
    }
}
