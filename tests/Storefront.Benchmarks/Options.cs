using System.Globalization;

namespace Storefront.Benchmarks;

/// <summary>What may follow a benchmark's name.</summary>
internal sealed record Options(string? Json, string? Only, int Rounds, bool Telemetry)
{
    public const string Usage = "[--rounds N] [--only SYSTEM] [--json FILE] [--telemetry]";

    /// <summary>Takes them off the end of the arguments.</summary>
    public static (string[] Command, Options Options) Parse(string[] arguments)
    {
        var rest = arguments.ToList();
        var rounds = Take(rest, "--rounds");
        var options = new Options(Take(rest, "--json"), Take(rest, "--only"), rounds is null
            ? 3 : int.Parse(rounds, CultureInfo.InvariantCulture), rest.Remove("--telemetry"));
        return ([.. rest], options);
    }

    private static string? Take(List<string> arguments, string name)
    {
        var at = arguments.IndexOf(name);
        if (at < 0 || at == arguments.Count - 1) return null;
        var value = arguments[at + 1];
        arguments.RemoveRange(at, 2);
        return value;
    }
}
