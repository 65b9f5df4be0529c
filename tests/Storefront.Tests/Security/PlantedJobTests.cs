using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>An attacker writes jobs into the job tables. None of them runs.</summary>
public sealed class PlantedJobTests(Shop shop) : IClassFixture<Shop>
{
    private const string Strings = "[\"System.String, System.Private.CoreLib\",\"System.String, System.Private.CoreLib\"]";

    [Fact]
    public async Task A_planted_job_cannot_start_a_process()
    {
        using var folder = new TempFolder();
        var witness = Path.Combine(folder.Path, "ran");
        var job = await PlantAsync("System.Diagnostics.Process, System.Diagnostics.Process", "Start", Strings, "touch", witness);

        (await EndAsync(job)).ShouldBe("Failed");
        File.Exists(witness).ShouldBeFalse();
    }

    [Fact]
    public async Task A_planted_job_cannot_call_a_method_that_is_not_a_job()
    {
        var job = await PlantAsync("Storefront.Jobs.Telemetry.CrashPoint, Storefront.Jobs", "At",
            "[\"System.String, System.Private.CoreLib\"]", "before-call");
        (await EndAsync(job)).ShouldBe("Failed");
    }

    [Fact]
    public async Task A_type_named_in_a_jobs_argument_is_not_created()
    {
        using var folder = new TempFolder();
        var witness = Path.Combine(folder.Path, "ran");
        var job = await PlantAsync("Storefront.Jobs.Orders.FinishOrder, Storefront.Jobs", "RunAsync",
            "[\"System.Guid, System.Private.CoreLib\",\"System.Threading.CancellationToken, System.Private.CoreLib\"]",
            $$"""{"$type":"System.IO.FileInfo, System.Private.CoreLib","fileName":"{{witness}}"}""", null);

        await EndAsync(job);
        File.Exists(witness).ShouldBeFalse();
    }

    private async Task<long> PlantAsync(string type, string method, string parameterTypes, params string?[] given)
    {
        var arguments = JsonSerializer.Serialize(given.Select(argument =>
            argument is null || argument.StartsWith('{') ? argument : JsonSerializer.Serialize(argument)));
        var invocation =
            JsonSerializer.Serialize(new { Type = type, Method = method, ParameterTypes = parameterTypes, Arguments = arguments });
        await using var plant = shop.Database.CreateCommand("""
            with planted as (insert into hangfire.job (invocationdata, arguments, createdat, statename) values ($1::jsonb, $2::jsonb, now(),
                'Enqueued') returning id),
            queued as (insert into hangfire.jobqueue (jobid, queue) select id, 'default' from planted)
            select id from planted
            """);
        plant.Parameters.Add(new() { Value = invocation });
        plant.Parameters.Add(new() { Value = arguments });
        return (long)(await plant.ExecuteScalarAsync())!;
    }

    // A job that cannot be loaded may also be scheduled for another attempt. It does not run then either.
    private Task<string?> EndAsync(long job) => Eventually.Async(async () =>
    {
        await using var look = shop.Database.CreateCommand($"select statename from hangfire.job where id = {job}");
        return (string?)await look.ExecuteScalarAsync();
    }, state => state is "Failed" or "Scheduled", "the planted job came to nothing");
}
