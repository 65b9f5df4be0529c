using System.Reflection;
using Hangfire.Storage;

namespace Storefront.Tests.Queue.Storage;

public sealed class FeatureTests
{
    /// <summary>This fails when a later Hangfire can use more features.</summary>
    [Fact]
    public async Task The_storage_has_every_feature_that_Hangfire_can_use()
    {
        await using var store = await JobStore.CreateAsync(JobStorageKind.Fast);
        var all = typeof(JobStorageFeatures).GetNestedTypes().Append(typeof(JobStorageFeatures))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetValue(null)!)
            .ToList();

        all.Count.ShouldBeGreaterThan(10);
        all.Where(feature => !store.Storage.HasFeature(feature)).ShouldBeEmpty();
        store.Storage.HasFeature(JobStorageFeatures.Transaction.RemoveFromQueue(typeof(Storefront.Jobs.Queue.Storage.LeasedJob)))
            .ShouldBeTrue();
    }
}
