using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Storefront.Jobs.Database;

/// <summary>All text that Entity Framework sends to Postgres is made storable, whoever wrote it.</summary>
public sealed class StorableTextInterceptor : DbCommandInterceptor
{
    public static readonly StorableTextInterceptor Instance = new();

    public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
    {
        foreach (var parameter in result.Parameters.OfType<NpgsqlParameter>())
        {
            if (parameter.NpgsqlDbType is NpgsqlDbType.Jsonb && parameter.Value is string json) parameter.Value = StorableJson.From(json);
            else if (parameter.Value is string or IEnumerable<string?>) parameter.Value = Sql.Storable(parameter.Value);
        }

        return result;
    }
}
