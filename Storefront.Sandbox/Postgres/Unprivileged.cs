namespace Storefront.Sandbox.Postgres;

/// <summary>Postgres refuses to run as root, so there it runs as somebody who may do less.</summary>
internal static class Unprivileged
{
    /// <summary>We are root.</summary>
    public static bool IsNeeded { get; } = !OperatingSystem.IsWindows() && Environment.UserName == "root";

    /// <summary>Who the server runs as then: the packaged server's user, else the one who owns nothing.</summary>
    public static string User { get; } = !IsNeeded ? Environment.UserName
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    /// <summary>The same command, run as that user. It starts a session of its own, so that a Ctrl-C meant for us does not reach it.</summary>
    public static async Task<Command.Result> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancel) => IsNeeded
        ? await Command.RunAsync("setpriv", ["--reuid", User, "--regid", await GroupAsync(cancel), "--clear-groups", program, .. arguments], cancel)
        : await Command.RunAsync(program, arguments, cancel);

    /// <summary>Gives a folder of ours, and all in it, to that user.</summary>
    public static async Task OwnAsync(string folder, CancellationToken cancel)
    {
        if (IsNeeded) await Command.RunAsync("chown", ["-R", $"{User}:", folder], cancel);
    }

    /// <summary>That user can look into the folder: it and all above it let others search.</summary>
    public static bool CanReach(string folder)
    {
        if (!IsNeeded) return true;
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
            if (parent.Exists && !OperatingSystem.IsWindows() && !parent.UnixFileMode.HasFlag(UnixFileMode.OtherExecute)) return false;
        return true;
    }

    private static async Task<string> GroupAsync(CancellationToken cancel) => (await Command.RunAsync("id", ["-gn", User], cancel)).Output.Trim();
}
