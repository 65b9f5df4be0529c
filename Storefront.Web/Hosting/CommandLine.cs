using Storefront.Web.Settings;

namespace Storefront.Web.Hosting;

internal enum Command { OpenShop, Import, Migrate, AddStaff, ResetAuthenticator, Help }

/// <summary>The arguments, read strictly: what is not understood is refused, and no option swallows the next one.</summary>
/// <param name="File">Of an import, as an absolute path.</param>
/// <param name="Email">Of the member of the staff whom the command is about.</param>
/// <param name="Role">Of whoever is added to the staff.</param>
/// <param name="Settings">Each as <c>--key=value</c>, in the order they were given.</param>
internal sealed record CommandLine(Command Command, string? File, string[] Settings, string? Email = null, string? Role = null)
{
    /// <summary>Who did it, in the audit.</summary>
    public const string Who = "command line";

    private const string Help = """
        Storefront.Web [command] [settings]

          (no command)      starts the shop
          import FILE       imports a catalogue from a CSV file; nothing changes if a row has an error
          staff add EMAIL --role ROLE
                            makes somebody a viewer, operator or admin of the back office, and prints the link to choose a password by
          staff reset-authenticator EMAIL
                            for a member who has lost it: the next sign-in asks for no code, and leads to a new authenticator
          --migrate         updates the database schema; needs a role that may change it
          --help            prints this help

        All settings of appsettings.json can be given, in any order:
          --ConnectionStrings:Storefront "Host=…"   or   --ConnectionStrings:Storefront="Host=…"
        Environment variables use two underscores instead of a colon: ConnectionStrings__Storefront.
        """;

    /// <exception cref="SettingFault">Something is not understood.</exception>
    public static CommandLine Parse(string[] args)
    {
        var settings = new List<string>();
        string? command = null, staff = null, file = null, email = null, role = null;
        for (var n = 0; n < args.Length; n++)
        {
            var arg = args[n];
            if (arg is "--help" or "-h" or "-?" or "/?") return new(Command.Help, null, []);
            if (arg == "--migrate" || arg is "import" or "staff" && command is not ("import" or "staff"))
            {
                if (command is not null) throw new SettingFault($"\"{command}\" and \"{arg}\" were both given: run one after the other.");
                command = arg;
            }
            else if (command == "staff" && (arg == "--role" || arg.StartsWith("--role=", StringComparison.Ordinal)))
                role = arg == "--role" ? ValueAfter(args, n++) : arg["--role=".Length..];
            else if (command == "staff" && staff is null && arg is "add" or "reset-authenticator") staff = arg;
            else if (arg.StartsWith("--", StringComparison.Ordinal))
                settings.Add(arg.Contains('=', StringComparison.Ordinal) ? arg : $"{arg}={ValueAfter(args, n++)}");
            // Before the next case: a path may begin with a slash and contain an equals sign.
            else if (command == "import" && file is null) file = arg;
            else if (staff is not null && email is null) email = arg;
            else if (arg.StartsWith('/') && arg.Contains('=', StringComparison.Ordinal)) settings.Add("--" + arg[1..]);
            else throw new SettingFault($"\"{arg}\" is neither a command nor a setting: --help lists them.");
        }

        if (command == "import" && file is null) throw new SettingFault("Name the file to import: \"import products.csv\".");
        if (command == "staff" && (email is null || role is null != staff is "reset-authenticator"))
            throw new SettingFault(
                "Name the person, and the role of whoever is added: \"staff add ada@example.com --role operator\", or "
                + "\"staff reset-authenticator ada@example.com\".");
        return new(
            (command, staff) switch
            {
                ("import", _) => Command.Import, ("--migrate", _) => Command.Migrate, ("staff", "add") => Command.AddStaff,
                ("staff", _) => Command.ResetAuthenticator, _ => Command.OpenShop,
            },
            file is null ? null : Path.GetFullPath(file), [.. settings], email, role);
    }

    public static int Explain()
    {
        Console.WriteLine(Help);
        return 0;
    }

    private static string ValueAfter(string[] args, int option) =>
        option + 1 < args.Length && !args[option + 1].StartsWith("--", StringComparison.Ordinal)
            ? args[option + 1]
            : throw new SettingFault($"Setting {args[option][2..]} has no value: write {args[option]}=value.");
}
