using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Settings;
using Storefront.Web.Settings;

namespace Storefront.Web.Hosting;

/// <summary>What keeps the program from starting, in sentences instead of a stack trace.</summary>
internal static class StartFault
{
    /// <summary>The sentences, one a line; null for a fault that nobody foresaw, which keeps its stack trace.</summary>
    public static string? Explain(Exception fault) => fault switch
    {
        SettingFault or SchemaUpdateFault or UnmakeableJob => fault.Message,
        _ when SandboxAssembly.IsRefusal(fault) => fault.Message,
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        AggregateException several when several.InnerExceptions.All(inner => Explain(inner) is not null) =>
            string.Join(Environment.NewLine, several.InnerExceptions.SelectMany(inner =>
                Explain(inner)!.Split(Environment.NewLine)).Distinct()), // one fault is met by all that depend on it
        IOException { InnerException: AddressInUseException } port =>
            $"{port.Message.TrimEnd('.')}. Stop the program that listens there, or choose another port with --urls.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            $"Postgres answered \"{refused.MessageText}\": "
                + $"run --migrate with Database:AppRole naming the role of {DatabaseRegistration.Setting}.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing =>
            $"Postgres answered \"{missing.MessageText}\": create it, or check {DatabaseRegistration.Setting}.",
        PostgresException database =>
            $"Postgres answered \"{database.MessageText}\" ({database.SqlState}): check {DatabaseRegistration.Setting}.",
        NpgsqlException { InnerException: SocketException or TimeoutException } =>
            $"Postgres cannot be reached: check {DatabaseRegistration.Setting} and that the server runs.",
        InvalidOperationException value when CheckedOptions.Explain(value) is { } sentence => sentence,
        InvalidOperationException { InnerException: NpgsqlException inner } => Explain(inner), // as EF Core wraps it
        _ => null,
    };
}
