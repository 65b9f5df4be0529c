namespace Storefront.Sandbox.Postgres;

/// <summary>The user the server runs as: PostgreSQL refuses to be root, so root hands it to somebody without privileges.</summary>
internal sealed record ServerAccount(string? Name)
{
    private static readonly ServerAccount Ourselves = new((string?)null);
    private static readonly string[] Unprivileged = ["postgres", "_postgres", "nobody"];

    public static bool IsNeeded => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>Whoever owns the cluster already, so that one made by an ordinary user survives a start with sudo.</summary>
    public static async Task<ServerAccount> ForAsync(string? home, CancellationToken cancel)
    {
        if (!IsNeeded)
            return Ourselves;
        if (home is not null)
            return new(await OwnerOfAsync(home, cancel));
        foreach (var name in Unprivileged)
            if ((await Command.RunAsync("id", ["-u", name], "/", user: null, cancel)).Succeeded)
                return new ServerAccount(name);
        throw new SandboxUnavailableException(
            "PostgreSQL refuses to run as root and this machine has no user to run it as: "
            + "add one (useradd --system postgres) or start the shop as an ordinary user.");
    }

    public Task<CommandResult> RunAsync(string file, IEnumerable<string> arguments, string directory, CancellationToken cancel) =>
        Command.RunAsync(file, arguments, directory, Name, cancel);

    /// <summary>Asks by trying: mode bits alone know nothing of access lists, namespaces and mounts.</summary>
    public async Task<bool> CanReachAsync(string directory, CancellationToken cancel) =>
        Name is null || (await RunAsync("sh", ["-c", "cd \"$0\"", directory], "/", cancel)).Succeeded;

    public async Task TakeOverAsync(string directory, CancellationToken cancel)
    {
        if (Name is null)
            return;
        var changed = await Command.RunAsync("chown", ["-R", Name, directory], "/", user: null, cancel);
        if (!changed.Succeeded)
            throw new SandboxUnavailableException(
                $"The user {Name}, which is to run PostgreSQL, cannot be given {directory} ({changed.LastLine}): "
                + "choose another Sandbox:DataDirectory or start the shop as an ordinary user.");
    }

    private static async Task<string> OwnerOfAsync(string directory, CancellationToken cancel)
    {
        // "drwx------ 3 nobody nogroup …": ls is the one tool for this that reads the same on Linux, macOS and busybox.
        var listed = await Command.RunAsync("ls", ["-ld", directory], "/", user: null, cancel);
        return listed.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
    }
}
