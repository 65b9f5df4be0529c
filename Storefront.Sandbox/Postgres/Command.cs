using System.Collections;
using System.ComponentModel;
using System.Diagnostics;

namespace Storefront.Sandbox.Postgres;

internal sealed record CommandResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;

    public string LastLine =>
        Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault($"exit code {ExitCode}");
}

/// <summary>Runs a program to its end. One that cannot be started is a result like any other: callers ask "did it work?" once.</summary>
internal static class Command
{
    private const int CouldNotStart = -1;

    public static async Task<CommandResult> RunAsync(
        string file, IEnumerable<string> arguments, string directory, string? user, CancellationToken cancel)
    {
        Process? process;
        try
        {
            process = Process.Start(Describe(file, arguments, directory, user));
        }
        catch (Win32Exception missing)
        {
            return new(CouldNotStart, missing.Message);
        }

        using (process)
            return await FinishAsync(process!, cancel);
    }

    private static ProcessStartInfo Describe(string file, IEnumerable<string> arguments, string directory, string? user)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // On Windows a console of its own, so that Ctrl-C in ours does not reach the server.
            CreateNoWindow = true,
        };
        if (user is not null)
            start.UserName = user;

        // PGDATA, PGPORT and friends of whoever starts us are about another server.
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            if (variable.Key is string name && name.StartsWith("PG", StringComparison.Ordinal))
                start.Environment.Remove(name);

        // A locale that is not installed stops initdb, and one that is unset stops the server on macOS.
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    private static async Task<CommandResult> FinishAsync(Process process, CancellationToken cancel)
    {
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        // On Windows the server inherits pg_ctl's pipes and keeps them open, so their end may never come.
        var both = Task.WhenAll(output, errors);
        return await Task.WhenAny(both, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None)) == both
            ? new(process.ExitCode, output.Result + errors.Result)
            : new(process.ExitCode, "");
    }
}
