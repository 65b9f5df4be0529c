using System.Text.Json;
using Hangfire.Storage;
using Npgsql;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>How a row of <c>hangfire.job j</c> is read, always with its parameters.</summary>
internal static class JobColumns
{
    /// <summary>Follows <c>j.id</c>, which comes first.</summary>
    public const string Select = """
        j.stateid, j.statename, j.createdat,
        j.invocationdata ->> 'Type', j.invocationdata ->> 'Method', j.invocationdata ->> 'ParameterTypes', j.invocationdata ->> 'Queue',
            j.arguments::text,
        (select jsonb_object_agg(p.name, p.value)::text from hangfire.jobparameter p where p.jobid = j.id)
        """;

    public static JobRow Read(NpgsqlDataReader row, int at) => new(row.GetInt64(at), Exists: true)
    {
        StateId = row.IsDBNull(at + 1) ? null : row.GetInt64(at + 1),
        StateName = Text(row, at + 2),
        CreatedAt = row.GetDateTime(at + 3),
        Invocation = new InvocationData(Text(row, at + 4), Text(row, at + 5), Text(row, at + 6), Text(row, at + 8), Text(row, at + 7)),
        Parameters = Text(row, at + 9) is { } json ? JsonSerializer.Deserialize<Dictionary<string, string?>>(json)! : [],
    };

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);
}
