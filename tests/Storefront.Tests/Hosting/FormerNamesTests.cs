using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>Jobs that an earlier version stored run in this one.</summary>
public sealed class FormerNamesTests(Shop shop) : IClassFixture<Shop>
{
    private const string Guid = "System.Guid, System.Private.CoreLib", Token = "System.Threading.CancellationToken, System.Private.CoreLib";

    [Theory]
    [InlineData("Storefront.Jobs.Placing.FinishOrder, Storefront.Jobs", Guid, Token)]
    [InlineData("Storefront.Jobs.Operating.RunBulkWork, Storefront.Jobs", Guid, Token)]
    [InlineData("Storefront.Jobs.Operating.ForgetCalls, Storefront.Jobs", Token)]
    public async Task A_job_stored_under_its_former_name_succeeds(string type, params string[] parameters)
    {
        var arguments = parameters.Select(parameter => parameter == Guid ? JsonSerializer.Serialize(System.Guid.NewGuid()) : null);
        var invocation = JsonSerializer.Serialize(new
        {
            Type = type, Method = "RunAsync", ParameterTypes = JsonSerializer.Serialize(parameters),
            Arguments = JsonSerializer.Serialize(arguments),
        });
        await using var store = shop.Database.CreateCommand("""
            with stored as (
                insert into hangfire.job (invocationdata, arguments, createdat, statename) values ($1::jsonb, $2::jsonb, now(), 'Enqueued')
                returning id),
            queued as (insert into hangfire.jobqueue (jobid, queue) select id, 'critical' from stored)
            select id from stored
            """);
        store.Parameters.Add(new() { Value = invocation });
        store.Parameters.Add(new() { Value = JsonSerializer.Serialize(arguments) });
        var job = await store.ExecuteScalarAsync(TestContext.Current.CancellationToken);

        await Eventually.Async(async () =>
        {
            await using var look = shop.Database.CreateCommand($"select statename from hangfire.job where id = {job}");
            return (string?)await look.ExecuteScalarAsync();
        }, state => state == "Succeeded", $"the job stored as {type} succeeded");
    }
}
